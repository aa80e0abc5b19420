/**
 * The recording rules: when each source last reported, and the value of each row.
 *
 *     sources ─▶ timestamps ─▶ values ─▶ a row: kept while its source is away, dropped when its report is too old
 */
import { HEALTH_METRICS } from '@ephemetry/contract';
import type { RecordingRule } from '../../../engine/alerts/alert.ts';

import { type QualityRow, recordOf } from './quality-row.ts';
import { QUALITY_ROWS } from './quality-rows.ts';
import { GATEWAY_PROBES, ROW_VALUES, type RowScope, TEST_RESULTS, testResults } from './row-values.ts';
import { aged, SOURCE_NAMES, SOURCE_TIMESTAMP, SOURCES, type SuiteAge, timestampOf } from './sources.ts';

/** A source that reported nothing for so long is removed: nobody misses it. */
const FORGOTTEN_SECONDS = 14 * 86_400;
/** Prometheus itself may be away for so long, and still knows when a source last reported. */
const REMEMBERED = '3d';
/** A value outlasts a restart of Prometheus of up to this. */
const KEPT = '1h';

/** Of the group that is evaluated every five minutes. */
export function recordProbes({ queries }: RowScope): readonly RecordingRule[] {
  return [
    {
      record: GATEWAY_PROBES,
      expr: queries.increase(HEALTH_METRICS.probes, {
        window: '5m',
        by: ['target', 'state'],
        where: { class: 'gateway', state: ['up', 'down'] },
      }),
    },
  ];
}

/** When each source last reported; of one that is away, as it was last recorded. */
export function recordSources({ queries }: RowScope): readonly RecordingRule[] {
  return SOURCE_NAMES.map((name) => {
    const { subject, timestamp } = SOURCES[name];
    const by = subject.join(', ');
    const now = `max by (${by}) (${timestamp(queries)})`;
    const before = `max by (${by}) (last_over_time(${timestampOf(name)}[${REMEMBERED}]))`;
    return {
      record: SOURCE_TIMESTAMP,
      expr: `(${now} or ${before}) > time() - ${FORGOTTEN_SECONDS}`,
      labels: { source: name },
    };
  });
}

/** The value of each row. */
export function recordRows(scope: RowScope, suites: readonly SuiteAge[]): readonly RecordingRule[] {
  return [
    { record: TEST_RESULTS, expr: testResults(scope) },
    ...QUALITY_ROWS.map((row) => ({ record: recordOf(row.id), expr: rowValue(row, scope, suites) })),
  ];
}

function rowValue(row: QualityRow, scope: RowScope, suites: readonly SuiteAge[]): string {
  const value = ROW_VALUES[row.id](scope);
  switch (row.source) {
    // Their own windows hold them over a restart, and end.
    case 'host':
      return value;
    case 'health': {
      const probed = `max by (target) (${SOURCES.health.timestamp(scope.queries)})`;
      return `(${value}) and on (target) (time() - ${probed} < ${SOURCES.health.maxAgeSeconds})`;
    }
    case 'tests':
    case 'coverage':
      return `(${kept(row, scope, value)}) and on (suite) (${aged(row.source, '<', suites)})`;
    // Over all repositories: with one of them missing a sum would be too low. One that is shown no more is removed.
    case 'forge': {
      const { timestamp, maxAgeSeconds } = SOURCES.forge;
      const shown = `min(max by (repository) (${timestamp(scope.queries)}) > time() - ${FORGOTTEN_SECONDS})`;
      return `(${kept(row, scope, value)}) and on () (time() - (${shown} or min(${timestampOf('forge')})) < ${maxAgeSeconds})`;
    }
  }
}

/** The value; while its source shows nothing at all, the value before. */
function kept({ id, source, subject }: QualityRow, { queries }: RowScope, value: string): string {
  const by = subject.join(', ');
  const before = `last_over_time(${recordOf(id)}[${KEPT}])`;
  const alone = subject.length === 0 ? `max(${before})` : `max by (${by}) (${before})`;
  return `${value} or (${alone} unless on (${by}) ${SOURCES[source].timestamp(queries)})`;
}
