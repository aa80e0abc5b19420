/** By how much a rate changed within strata, with its interval. */

import type { Interval } from '../wilson-interval.ts';
import { type Dispersion, INDEPENDENT, intervalFactor } from './dispersion.ts';
import type { EventCounts, RateStratum } from './rate-stratum.ts';

/** Current less baseline. */
export interface RiskDifference {
  /** -1 to 1; positive where the current window has more events. */
  readonly estimate: number;
  /** Of independent observations; the interval has the groups' dispersion on top. */
  readonly standardError: number;
  /** 95 %. */
  readonly interval: Interval;
}

/**
 * The Mantel-Haenszel risk difference: the mean of the strata's differences with the weights n0 n1/(n0 + n1), its variance
 * after Sato, which holds for few large strata and for many small ones. One stratum gets Newcombe's interval.
 *
 * @throws RangeError when no stratum has observations in both windows.
 * @see Sato, On the variance estimator for the Mantel-Haenszel risk difference, Biometrics 45 (1989)
 * @example
 * ```ts
 * import { riskDifference } from '@ephemetry/statistics';
 *
 * const strata = [{ baseline: { events: 48, n: 80 }, current: { events: 56, n: 70 } }];
 * const { estimate, interval } = riskDifference(strata);
 * console.log(estimate.toFixed(1), interval.low.toFixed(4), interval.high.toFixed(4)); // 0.2 0.0524 0.3339
 * ```
 */
export function riskDifference(
  strata: readonly RateStratum[],
  dispersion: Dispersion = INDEPENDENT,
): RiskDifference {
  const paired = strata.filter(({ baseline, current }) => baseline.n > 0 && current.n > 0);
  const [only] = paired;
  if (only === undefined)
    throw new RangeError('No stratum has observations in both windows; give 1 or more.');
  const { estimate, standardError } = mantelHaenszel(paired);
  const factor = intervalFactor(dispersion);
  if (paired.length === 1) return { estimate, standardError, interval: newcombe(only, factor) };
  const half = factor * standardError;
  const { low, high } = standardError === 0 ? certainReach(paired, factor) : { low: -half, high: half };
  return {
    estimate,
    standardError,
    interval: { low: Math.max(-1, estimate + low), high: Math.min(1, estimate + high) },
  };
}

function mantelHaenszel(strata: readonly RateStratum[]): { estimate: number; standardError: number } {
  let [difference, weights, p, q] = [0, 0, 0, 0];
  for (const { baseline, current } of strata) {
    const [n0, x0, n1, x1] = [baseline.n, baseline.events, current.n, current.events];
    const all = n0 + n1;
    difference += (x1 * n0 - x0 * n1) / all;
    weights += (n0 * n1) / all;
    p += (n1 * n1 * x0 - n0 * n0 * x1 + (n0 * n1 * (n0 - n1)) / 2) / (all * all);
    q += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * all);
  }
  const estimate = difference / weights;
  return { estimate, standardError: Math.sqrt(Math.max(0, estimate * p + q)) / weights };
}

/** The interval of one proportion, `z` standard errors wide on each side, after Wilson. */
function score({ events, n }: EventCounts, z: number): Interval {
  const middle = (events + (z * z) / 2) / (n + z * z);
  const half = (z * Math.sqrt((events * (n - events)) / n + (z * z) / 4)) / (n + z * z);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** @see Newcombe, Interval estimation for the difference between independent proportions (1998), method 10 */
function newcombe({ baseline, current }: RateStratum, z: number): Interval {
  const [p0, p1] = [baseline.events / baseline.n, current.events / current.n];
  const [before, now] = [score(baseline, z), score(current, z)];
  return {
    low: p1 - p0 - Math.hypot(p1 - now.low, before.high - p0),
    high: p1 - p0 + Math.hypot(now.high - p1, p0 - before.low),
  };
}

/**
 * Where all had the event in each stratum and window, or none, no stratum tells how far the estimate strays: all of them together
 * do. Both ends, from the estimate.
 */
function certainReach(strata: readonly RateStratum[], factor: number): Interval {
  const [baseline, current] = (['baseline', 'current'] as const).map((window) => ({
    events: strata.reduce((sum, stratum) => sum + stratum[window].events, 0),
    n: strata.reduce((sum, stratum) => sum + stratum[window].n, 0),
  }));
  if (baseline === undefined || current === undefined) return { low: -2, high: 2 };
  const { low, high } = newcombe({ baseline, current }, factor);
  const pooled = current.events / current.n - baseline.events / baseline.n;
  return { low: low - pooled, high: high - pooled };
}

/**
 * Whether the Mantel-Haenszel risk difference is `floor` or more, exactly: a change of 2 points is at least 2 points.
 *
 * @param points - the floor, in hundredths
 */
export function reachesPoints(strata: readonly RateStratum[], points: number): boolean {
  // sum (x1 n0 - x0 n1)/N >= points/100 sum n0 n1/N, over one denominator.
  const scale = 10_000;
  const floor = BigInt(Math.round(points * scale));
  const byTotal = new Map<number, bigint>();
  for (const { baseline, current } of strata) {
    const [n0, x0, n1, x1] = [baseline.n, baseline.events, current.n, current.events].map(BigInt);
    if (n0 === undefined || x0 === undefined || n1 === undefined || x1 === undefined) continue;
    const all = baseline.n + current.n;
    const term = (x1 * n0 - x0 * n1) * BigInt(100 * scale) - floor * n0 * n1;
    byTotal.set(all, (byTotal.get(all) ?? 0n) + term);
  }
  let [numerator, denominator] = [0n, 1n];
  for (const [all, sum] of byTotal) {
    if (all === 0) continue;
    numerator = numerator * BigInt(all) + sum * denominator;
    denominator *= BigInt(all);
  }
  return numerator >= 0n;
}
