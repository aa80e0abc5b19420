/**
 * What each row's value is in PromQL, as it is now: the newest report of several gateway shards, and no value where there is
 * nothing to divide by. `record-rows.ts` keeps it over a restart, and drops it when it is too old.
 */
import { FORGE_METRICS, HEALTH_METRICS, HOST_METRICS, SHARD_LABEL, TESTS_METRICS } from '@ephemetry/contract';
import type { Queries } from '../../../engine/promql/queries.ts';
import type { RowId } from './quality-row.ts';
import { overRestart, SOURCES, type SourceName } from './sources.ts';

/** What queries of rows are made of. */
export interface RowScope {
  readonly queries: Queries;
  readonly clusterLabel: string;
}

/** Probes of five minutes by what they found: added up over days, which would be too many samples otherwise. */
export const GATEWAY_PROBES = 'quality:gateway_probes:increase5m';

/** The tests of the last run of each suite, by the newest of the gateway's shards. */
export const TEST_RESULTS = 'quality:test_results';

/** The expression of each row. */
export const ROW_VALUES: Readonly<Record<RowId, (scope: RowScope) => string>> = {
  test_pass_rate: () => passRate(),
  code_coverage: (scope) => {
    const lines = (state: string): string => {
      const series = scope.queries.series(TESTS_METRICS.coverageLines, { state });
      return `max by (suite) (${newest(scope, 'coverage', ['suite'], series)})`;
    };
    return `${lines('covered')} / (${lines('total')} > 0)`;
  },
  flaky_tests: (scope) =>
    `max by (suite) (${newest(scope, 'tests', ['suite'], scope.queries.series(TESTS_METRICS.flaky))})`,
  acp_fix_rate: () => passRate(',category="acp"'),
  provider_response: ({ queries }) =>
    queries.quantile(0.95, HEALTH_METRICS.probeDuration, {
      window: '15m',
      by: ['target'],
      where: { class: 'provider' },
    }),
  gateway_uptime: () => {
    const probes = (matchers: string): string =>
      `sum by (target) (sum_over_time(${GATEWAY_PROBES}${matchers}[7d]))`;
    return share(probes('{state="up"}'), probes(''));
  },
  memory_usage: ({ queries }) => {
    const total = recent(queries.series(HOST_METRICS.memoryTotal));
    return `max by (host) ((${total} - ${recent(queries.series(HOST_METRICS.memoryAvailable))}) / ${total})`;
  },
  disk_usage: ({ queries }) => diskUsage(queries),
  issues_resolved: (scope) => {
    const resolved = scope.queries.series(FORGE_METRICS.resolvedIssues, { window: '7d' });
    return `sum(max by (repository) (${newest(scope, 'forge', ['repository'], resolved)})) / 7`;
  },
  merge_time: (scope) =>
    `max(${newest(scope, 'forge', [], scope.queries.series(FORGE_METRICS.mergeMedian, { window: '7d' }))})`,
  auto_dispatch: (scope) => {
    const outcomes = (outcome: string | readonly string[]): string =>
      `sum(max by (outcome) (${newest(scope, 'forge', [], scope.queries.series(FORGE_METRICS.dispatches, { outcome }))}))`;
    return share(outcomes('success'), outcomes(['success', 'failure']), '>= 5');
  },
};

/** What {@link TEST_RESULTS} is recorded of. */
export function testResults(scope: RowScope): string {
  const results = scope.queries.series(TESTS_METRICS.lastRunResults);
  return `max by (suite, category, outcome) (${newest(scope, 'tests', ['suite'], results)})`;
}

/** Of the tests that passed or did not; one that was skipped is neither. */
function passRate(matchers = ''): string {
  const tests = (outcome: string): string => `sum by (suite) (${TEST_RESULTS}{outcome${outcome}${matchers}})`;
  return share(tests('="passed"'), tests('=~"passed|failed|error"'));
}

/** A part that nobody reported is 0 where the whole was reported. */
function share(part: string, whole: string, enough = '> 0'): string {
  return `(${part} or ${whole} * 0) / (${whole} ${enough})`;
}

/**
 * Of series that several gateway shards show, those of the shard with the newest report of the same subject. A shard that
 * got no report for a while still shows its last one.
 */
function newest(
  { queries, clusterLabel }: RowScope,
  source: SourceName,
  subject: readonly string[],
  series: string,
): string {
  const timestamp = SOURCES[source].timestamp(queries);
  const by = subject.join(', ');
  const shard = [...subject, SHARD_LABEL, clusterLabel].join(', ');
  const latest = by === '' ? `max(${timestamp})` : `max by (${by}) (${timestamp})`;
  // A gauge that has no value any more may be NaN for a while, which is not 0 or more.
  return `${overRestart(series)} >= 0 and on (${shard}) (${timestamp} == on (${by}) group_left () ${latest})`;
}

/** What is no disk: it cannot fill, or shows another file system again. */
const NOT_REAL: readonly string[] = [
  'autofs',
  'bpf',
  'cgroup.*',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'fuse[.].*',
  'fusectl',
  'hugetlbfs',
  'iso9660',
  'mqueue',
  'nsfs',
  'overlay',
  'proc',
  'pstore',
  'ramfs',
  'rpc_pipefs',
  'securityfs',
  'squashfs',
  'sysfs',
  'tmpfs',
  'tracefs',
  'udf',
];

/** As `df` has it: what is kept for root is neither used nor available. */
function diskUsage(queries: Queries): string {
  const used = `(${recent(queries.series(HOST_METRICS.fileSystemSize))} - ${recent(queries.series(HOST_METRICS.fileSystemFree))})`;
  const available = recent(queries.series(HOST_METRICS.fileSystemAvailable));
  return `max by (host, device) (${realFileSystems(queries, `${used} / (${used} + ${available} > 0)`)})`;
}

/** Of values of file systems those that can fill: of real ones that can be written to. */
function realFileSystems(queries: Queries, values: string): string {
  const readOnly = queries.series(HOST_METRICS.fileSystemReadOnly, { fstype: { noneOf: NOT_REAL } });
  return `${values} and ${recent(readOnly)} == 0`;
}

/** Over a scrape that failed, and no longer than a host may be away. */
function recent(series: string): string {
  return `last_over_time(${series}[5m])`;
}
