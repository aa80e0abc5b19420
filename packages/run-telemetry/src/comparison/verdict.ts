/** What is said of a slice, and by which rules. */
import { reachesPoints } from '@ephemetry/statistics';
import type { Change, Measured } from './measure-slice.ts';
import type { Metric } from './metrics.ts';
import type { Window } from './strata.ts';

/** What is said of a metric of a slice. */
export const VERDICTS = {
  degraded: 'worse within its error budget, and by the floor or more',
  improved: 'better within the same budget, and by the floor or more',
  no_difference: 'no difference shown; the smallest change that would have been found stands beside it',
  too_few_runs: 'fewer than 20 runs in a window that have a partner',
  not_comparable: 'no run of one window has a partner in the other',
  suspect:
    'success is unknown, or the unit of durations mistaken, of more than 10 % of the runs of a window or of 5 points more than in the other',
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
export function verdictBeforeTest(
  metric: Metric,
  measured: Measured,
  suspects: Readonly<Record<Window, number>>,
): Verdict | undefined {
  const { paired } = measured;
  if (measured.change === undefined)
    return metric.name === 'success' && isSilent(measured) ? 'suspect' : 'not_comparable';
  if (Math.min(paired.baseline, paired.current) < RUNS_NEEDED) return 'too_few_runs';
  const { baseline, current } = measured;
  const unknown = { baseline: baseline.unknown, current: current.unknown };
  if (metric.name === 'success' && hidesChange(measured, unknown)) return 'suspect';
  if (metric.name.startsWith('duration') && hidesChange(measured, suspects)) return 'suspect';
  return undefined;
}

/** Runs enough in both windows, and a window that says of none of them whether it succeeded: nothing is left to compare. */
function isSilent({ baseline, current }: Measured): boolean {
  const hasRuns = [baseline, current].every(({ n, unknown }) => n + unknown >= RUNS_NEEDED);
  return hasRuns && Math.min(baseline.n, current.n) === 0;
}

/** Whether the runs that are left out are so many, or so many more in one window, that they may be the change. */
function hidesChange({ baseline, current }: Measured, leftOut: Readonly<Record<Window, number>>): boolean {
  const before = leftOut.baseline / Math.max(1, baseline.n + baseline.unknown);
  const now = leftOut.current / Math.max(1, current.n + current.unknown);
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
