/** Whether a rate changed, tested within strata. */
import { normalUpperTail } from '../distribution/normal.ts';
import { type CountDistribution, convolve, hypergeometric } from './hypergeometric.ts';
import type { RateStratum } from './rate-stratum.ts';

/** One-sided probabilities of what was seen, or more, where nothing changed. */
export interface OneSided {
  /** That the current window is as much higher by chance. */
  readonly higher: number;
  /** That the current window is as much lower by chance. */
  readonly lower: number;
  /** By how many standard deviations the current window is higher: what is known where both probabilities have ended. */
  readonly score: number;
}

/** With more possible sums than this the normal distribution is as good. */
const SUPPORT_LIMIT = 20_000;
/** A probability is never said to be smaller: the ends of the distribution are cut there. */
export const LEAST_P = 1e-38;

/**
 * Tests a rate within strata: in each of them the events fall on the two windows by chance, given their total. The sum over
 * the strata has an exact distribution; the p-values are mid-p, which is close to its level where the exact test is far
 * below it. One stratum gives Fisher's test, strata of one run each give McNemar's.
 *
 * @see Lancaster, Significance tests in discrete distributions (1961); Agresti, Categorical Data Analysis, 3.5.6 and 7.3.5
 * @example
 * ```ts
 * import { rateTest } from '@ephemetry/statistics';
 *
 * // A lady tells of 4 cups out of 4 whether milk came first, 3 times rightly.
 * const cups = [{ baseline: { events: 1, n: 4 }, current: { events: 3, n: 4 } }];
 * console.log(rateTest(cups).higher.toFixed(3)); // 0.129
 * ```
 */
export function rateTest(strata: readonly RateStratum[]): OneSided {
  const informative = strata.filter(isInformative);
  const observed = informative.reduce((sum, { current }) => sum + current.events, 0);
  const support = informative.reduce((sum, stratum) => sum + supportOf(stratum), 0);
  return support > SUPPORT_LIMIT ? byNormal(informative, observed) : exactly(informative, observed);
}

/** Where all or none had the event, or one window is empty, chance has no choice. */
function isInformative(stratum: RateStratum): boolean {
  return supportOf(stratum) > 0;
}

function supportOf({ baseline, current }: RateStratum): number {
  const events = baseline.events + current.events;
  return Math.min(events, current.n) - Math.max(0, events - baseline.n);
}

function exactly(strata: readonly RateStratum[], observed: number): OneSided {
  const { from, probabilities } = sumDistribution(strata);
  let [higher, lower] = [0, 0];
  for (let index = 0; index < probabilities.length; index += 1) {
    const probability = probabilities[index] ?? 0;
    const distance = from + index - observed;
    if (distance >= 0) higher += distance === 0 ? probability / 2 : probability;
    if (distance <= 0) lower += distance === 0 ? probability / 2 : probability;
  }
  return {
    higher: Math.max(higher, LEAST_P),
    lower: Math.max(lower, LEAST_P),
    score: scoreOf(strata, observed),
  };
}

/** Neighbours first: two long distributions meet only once. */
function sumDistribution(strata: readonly RateStratum[]): CountDistribution {
  let level = strata.map(hypergeometric);
  while (level.length > 1) {
    const next: CountDistribution[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index], level[index + 1]];
      if (left !== undefined) next.push(right === undefined ? left : convolve(left, right));
    }
    level = next;
  }
  return level[0] ?? { from: 0, probabilities: Float64Array.of(1) };
}

function byNormal(strata: readonly RateStratum[], observed: number): OneSided {
  return oneSided(scoreOf(strata, observed));
}

/** Both probabilities of a score that is normal where nothing changed. */
export function oneSided(score: number): OneSided {
  return {
    higher: Math.max(normalUpperTail(score), LEAST_P),
    lower: Math.max(normalUpperTail(-score), LEAST_P),
    score,
  };
}

function scoreOf(strata: readonly RateStratum[], observed: number): number {
  let [mean, variance] = [0, 0];
  for (const { baseline, current } of strata) {
    const all = baseline.n + current.n;
    const events = baseline.events + current.events;
    mean += (current.n * events) / all;
    variance += (baseline.n * current.n * events * (all - events)) / (all * all * (all - 1));
  }
  return variance > 0 ? (observed - mean) / Math.sqrt(variance) : 0;
}
