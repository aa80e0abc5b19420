/** What is said of a slice, and by which rules. */
import { reachesPoints } from '@ephemetry/statistics';
import type { Change, Measured } from './measure-slice.ts';
import type { Metric } from './metrics.ts';

/** What is said of a metric of a slice. */
export const VERDICTS = {
  degraded: 'worse within its error budget, and by the floor or more',
  improved: 'better within the same budget, and by the floor or more',
  no_difference: 'no difference shown; the smallest change that would have been found stands beside it',
  too_few_runs: 'fewer than 20 runs in a window that have a partner',
  not_comparable: 'no run of one window has a partner in the other',
  suspect: 'what is unknown or mistaken may be the difference: success, or the unit of durations',
  use_changed:
    'another share of runs uses the tool, by more than 5 points: its runs are not the same runs any more',
  shown: 'the metric is not gated: shown, never judged',
} as const;

export type Verdict = keyof typeof VERDICTS;

/** So many runs a side are needed. */
export const RUNS_NEEDED = 20;
const UNKNOWN_SHARE = 0.1;
const UNKNOWN_APART = 0.05;

/** What can be said before a test: counts decide, never outcomes. Undefined where a test is due. */
export function verdictBeforeTest(metric: Metric, measured: Measured, suspects: number): Verdict | undefined {
  const { paired } = measured;
  if (measured.change === undefined)
    return metric.name === 'success' && isSilent(measured) ? 'suspect' : 'not_comparable';
  if (Math.min(paired.baseline, paired.current) < RUNS_NEEDED) return 'too_few_runs';
  if (metric.name === 'success' && hidesUnknown(measured)) return 'suspect';
  if (metric.name === 'duration' && suspects > 0) return 'suspect';
  return undefined;
}

/** Runs enough in both windows, and a window that says of none of them whether it succeeded: nothing is left to compare. */
function isSilent({ baseline, current }: Measured): boolean {
  const hasRuns = [baseline, current].every(({ n, unknown }) => n + unknown >= RUNS_NEEDED);
  return hasRuns && Math.min(baseline.n, current.n) === 0;
}

function hidesUnknown({ baseline, current }: Measured): boolean {
  const [before, now] = [baseline, current].map(({ n, unknown }) => unknown / Math.max(1, n + unknown));
  if (before === undefined || now === undefined) return false;
  return Math.max(before, now) > UNKNOWN_SHARE || Math.abs(before - now) >= UNKNOWN_APART;
}

/** Whether the change is as large as the floor or larger, on the side that is worse or better. Equality counts. */
export function reachesFloor(
  metric: Metric,
  change: Change,
  floor: number,
  side: 'worse' | 'better',
): boolean {
  const isUp = (metric.worse === 'higher') === (side === 'worse');
  if (metric.kind === 'value')
    return isUp ? change.estimate >= (100 + floor) / 100 : change.estimate <= (100 - floor) / 100;
  const strata = isUp
    ? change.rates
    : change.rates.map(({ baseline, current }) => ({ baseline: current, current: baseline }));
  return reachesPoints(strata, floor);
}
