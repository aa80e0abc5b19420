/**
 * Multi-window, multi-burn-rate alerting: how fast the error budget is spent, over a long window that shows that it
 * matters and a short one that shows that it still goes on.
 *
 * @see https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
import { FAB_METRICS } from '@ephemetry/contract';
import { durationSeconds } from '../promql/duration.ts';
import type { Queries } from '../promql/queries.ts';
import type { Urgency } from './urgency.ts';

/** One burn rate that alerts. Windows and `for` are PromQL durations of one unit, as `5m` or `3d`. */
export interface BurnRate {
  /** Multiple of the rate that spends the budget in exactly 30 days. */
  readonly factor: number;
  readonly long: string;
  readonly short: string;
  /** How long both must hold. At least 2 minutes less than `short`: a single run shows in that window and no longer. */
  readonly for: string;
  readonly urgency: Urgency;
}

/** Spends 2 % of the budget in 1 h, 5 % in 6 h, 10 % in 1 d, 10 % in 3 d. */
export const DEFAULT_BURN_RATES: readonly BurnRate[] = [
  { factor: 14.4, long: '1h', short: '5m', for: '2m', urgency: 'page' },
  { factor: 6, long: '6h', short: '30m', for: '15m', urgency: 'page' },
  { factor: 3, long: '1d', short: '2h', for: '1h', urgency: 'ticket' },
  { factor: 1, long: '3d', short: '6h', for: '2h', urgency: 'ticket' },
];

/** The uid of the alert at this rate; also the name of its page. */
export function burnAlertUid({ long }: Pick<BurnRate, 'long'>): string {
  return `fab-self-eval-burn-${long}`;
}

/** The share of self-evaluations that may fail. Rounded: 1 - 0.95 is 0.050000000000000044. */
export function errorBudget(objective: number): number {
  return Number((1 - objective).toPrecision(12));
}

/** A share as people read it. Rounded: 0.901 * 100 is 90.10000000000001. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** A run is seen up to a scrape and an evaluation after it happened: of a short window that much is gone by then. */
const SEEN_LATE_SECONDS = 120;
/** What the error budget's rounding leaves open: a factor that needs everything to fail, and more, is out of reach. */
const ROUNDING = 1e-9;

/**
 * Why an alert at this rate could never fire, or is malformed; `undefined` when it is fine. When everything fails the
 * budget burns at 1 / (1 - objective), and never faster.
 */
export function burnRateFault(rate: BurnRate, objective: number): string | undefined {
  const { factor, long, short } = rate;
  const [longSeconds, shortSeconds, forSeconds] = [long, short, rate.for].map(durationSeconds);
  if (longSeconds === undefined || shortSeconds === undefined || forSeconds === undefined) {
    return `burnRates: windows ${long} and ${short} for ${rate.for}; allowed: PromQL durations such as 5m, 1h or 3d`;
  }
  if (!(factor > 0) || shortSeconds >= longSeconds) {
    return `burnRates: factor ${factor} over ${long} and ${short}; allowed: a factor above 0 and a short window below the long one`;
  }
  if (forSeconds > shortSeconds - SEEN_LATE_SECONDS) {
    return `burnRates: factor ${factor} for ${rate.for} in a short window of ${short} could never fire on a single run, which leaves that window after ${short}; allowed: a "for" at least ${SEEN_LATE_SECONDS / 60} minutes shorter`;
  }
  const highest = 1 / errorBudget(objective);
  if (factor < highest * (1 - ROUNDING)) return undefined;
  const needed = 1 - 1 / factor;
  return (
    `objective ${objective} leaves an error budget of ${errorBudget(objective)}: when everything fails it burns at ` +
    `1 / ${errorBudget(objective)} = ${round(highest)}, so the alert at ${factor} can never fire. A factor of ${factor} needs an ` +
    `objective above 1 - 1 / ${factor} = ${round(needed)}. Set objective (--objective) above that, or leave the factor out of burnRates.`
  );
}

/** How fast self-evaluations that failed spend the error budget over a window; no sample without evaluations. */
export function burnRateOf(
  queries: Queries,
  objective: number,
  window: string,
  by: readonly 'cluster'[] = [],
): string {
  return `${queries.share(failuresOf(queries, window, by), evaluationsOf(queries, window, by))} / ${errorBudget(objective)}`;
}

type EvaluationLabel = 'cluster' | 'phase' | 'role';

/** Self-evaluations that failed over a window. */
export function failuresOf(queries: Queries, window: string, by: readonly EvaluationLabel[] = []): string {
  return queries.increase(FAB_METRICS.selfEval, { window, by, where: { result: 'fail' } });
}

/** Self-evaluations with a verdict over a window. One that said neither is in neither. */
export function evaluationsOf(queries: Queries, window: string, by: readonly EvaluationLabel[] = []): string {
  return queries.increase(FAB_METRICS.selfEval, { window, by, where: { result: ['pass', 'fail'] } });
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
