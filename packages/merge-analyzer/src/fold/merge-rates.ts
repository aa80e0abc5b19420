import { MERGE_METRICS, MERGE_RATES } from '@ephemetry/contract';
import type { Fraction } from '@ephemetry/statistics';
import type { RateTable } from './rate-definition.ts';

/**
 * Every rate of the merge analyzer, one entry each: folded, stored, announced, printed and sent as it says here.
 *
 * Trust in agents is a decision about all of them, so first passes are global. Conflicts come from work on the same
 * files, so they are a project's; one with too few merges is answered with the global rate.
 */
export const RATES: RateTable = {
  [MERGE_RATES.firstPassMergeRate]: {
    name: MERGE_RATES.firstPassMergeRate,
    kind: 'share',
    of: ({ attempts }) => attempts === 1,
    window: 50,
    scopes: 'global',
    thresholds: { low: percent(70), high: percent(85) },
    gauges: { global: MERGE_METRICS.firstPass },
  },
  [MERGE_RATES.rebaseConflictRate]: {
    name: MERGE_RATES.rebaseConflictRate,
    kind: 'share',
    of: ({ isRebaseConflict }) => isRebaseConflict,
    window: 100,
    scopes: 'projectElseGlobal',
    thresholds: { low: percent(5), high: percent(10) },
    gauges: {
      global: MERGE_METRICS.rebaseConflict,
      worstProject: MERGE_METRICS.rebaseConflictWorst,
      projectsByState: MERGE_METRICS.rebaseConflictProjects,
    },
  },
  [MERGE_RATES.p95AttemptsToMerge]: {
    name: MERGE_RATES.p95AttemptsToMerge,
    kind: 'percentile',
    percent: 95,
    of: ({ attempts }) => attempts,
    window: 100,
    scopes: 'project',
    gauges: { global: MERGE_METRICS.attemptsP95, worstProject: MERGE_METRICS.attemptsP95Worst },
  },
};

function percent(numerator: number): Fraction {
  return { numerator, denominator: 100 };
}
