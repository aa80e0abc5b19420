/** Where the values of the rows come from, and how old they may be: what is older is missing, and no value of its row. */
import { FORGE_METRICS, HEALTH_METRICS, HOST_METRICS, TESTS_METRICS } from '@ephemetry/contract';
import type { Queries } from '../../../engine/promql/queries.ts';
import { patternOf } from '../names-pattern.ts';

/** Something that reports now and then. */
export interface Source {
  /** In the sentence "the … of x is missing". */
  readonly title: string;
  /** A report that is older is missing. */
  readonly maxAgeSeconds: number;
  /** The label that tells its reports apart. */
  readonly subject: readonly [label: string];
  /** When each of them was made, in seconds since 1970. */
  readonly timestamp: (queries: Queries) => string;
  /** The alert that it is missing. */
  readonly missing: { readonly title: string; readonly uid: string };
}

/** The sources by name, which is the value of the label `source`. */
export const SOURCE_NAMES = ['tests', 'coverage', 'forge', 'health', 'host'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Each of them. */
export const SOURCES: Readonly<Record<SourceName, Source>> = {
  tests: {
    title: 'test report',
    maxAgeSeconds: 26 * HOUR,
    subject: ['suite'],
    timestamp: (queries) => overRestart(queries.series(TESTS_METRICS.lastRunTimestamp)),
    missing: { title: 'TestReportMissing', uid: 'test-report-missing' },
  },
  coverage: {
    title: 'coverage report',
    maxAgeSeconds: 8 * DAY,
    subject: ['suite'],
    timestamp: (queries) => overRestart(queries.series(TESTS_METRICS.coverageTimestamp)),
    missing: { title: 'CoverageReportMissing', uid: 'coverage-report-missing' },
  },
  forge: {
    title: 'collect of the forge',
    maxAgeSeconds: 30 * 60,
    subject: ['repository'],
    timestamp: (queries) => overRestart(queries.series(FORGE_METRICS.collectedTimestamp)),
    missing: { title: 'ForgeReportMissing', uid: 'forge-report-missing' },
  },
  health: {
    title: 'round of probes',
    maxAgeSeconds: 2 * 60,
    subject: ['vantage'],
    timestamp: (queries) => overRestart(queries.series(HEALTH_METRICS.lastProbe)),
    missing: { title: 'HealthReportMissing', uid: 'health-report-missing' },
  },
  host: {
    title: 'scrape of the host',
    maxAgeSeconds: 5 * 60,
    subject: ['host'],
    // Node exporter says no time: a sample has its own.
    timestamp: (queries) => `timestamp(${queries.series(HOST_METRICS.memoryTotal)})`,
    missing: { title: 'HostReportMissing', uid: 'host-report-missing' },
  },
};

/** A series also while its gateway, or what shows it, is restarted: without the newest shard an older run would count. */
export function overRestart(series: string): string {
  return `last_over_time(${series}[10m])`;
}

/** A suite that may report less often, or must report more often, than others. */
export interface SuiteAge {
  readonly name: string;
  readonly maxAgeSeconds: number;
}

/** The series of {@link timestampOf}: when each source last reported, also while it is away. */
export const SOURCE_TIMESTAMP = 'quality:source_timestamp_seconds';

/** When a source last reported. */
export function timestampOf(source: SourceName, more = ''): string {
  return `${SOURCE_TIMESTAMP}{source="${source}"${more}}`;
}

/** The reports of a source that are younger than it allows, or those that are not. The value is their age. */
export function aged(source: SourceName, is: '<' | '>=', suites: readonly SuiteAge[]): string {
  const { maxAgeSeconds } = SOURCES[source];
  const own = source === 'tests' ? suites : [];
  const age = (seconds: number, more = ''): string =>
    `time() - ${timestampOf(source, more)} ${is} ${seconds}`;
  const others = own.length === 0 ? '' : `,suite!~${JSON.stringify(patternOf(own.map(({ name }) => name)))}`;
  return [
    age(maxAgeSeconds, others),
    ...own.map((suite) => age(suite.maxAgeSeconds, `,suite=${JSON.stringify(suite.name)}`)),
  ].join(' or ');
}
