/** Whether durations, tokens or counts changed, tested within strata by their ranks. */
import { type OneSided, oneSided } from './rate-test.ts';

/** Values that may be compared with each other. */
export interface ValueStratum {
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

/** Ranks of one stratum, tied values sharing their mean. */
interface Ranks {
  readonly baseline: readonly number[];
  readonly current: readonly number[];
  /** Sum of t^3 - t over runs of t equal values. */
  readonly ties: number;
}

/**
 * Van Elteren's stratified Wilcoxon test: rank sums within strata with the weights 1/(n0 + n1 + 1), mid-ranks, the variance
 * corrected for ties. One stratum gives the Wilcoxon-Mann-Whitney test without continuity correction.
 *
 * @see van Elteren, On the combination of independent two-sample tests of Wilcoxon (1960)
 * @example
 * ```ts
 * import { rankTest } from '@ephemetry/statistics';
 *
 * const strata = [{ baseline: [1.1, 1.4, 0.9, 1.2], current: [2.2, 1.9, 2.5, 2.0] }];
 * console.log(rankTest(strata).higher.toFixed(4)); // 0.0105
 * ```
 */
export function rankTest(strata: readonly ValueStratum[]): OneSided {
  let [sum, variance] = [0, 0];
  for (const stratum of strata) {
    const [n0, n1] = [stratum.baseline.length, stratum.current.length];
    if (n0 === 0 || n1 === 0) continue;
    const all = n0 + n1;
    const { current, ties } = ranksOf(stratum);
    const rankSum = current.reduce((total, rank) => total + rank, 0);
    sum += (rankSum - (n1 * (all + 1)) / 2) / (all + 1);
    variance += varianceOf(n0, n1, ties);
  }
  return oneSided(variance > 0 ? sum / Math.sqrt(variance) : 0);
}

/** The variance of van Elteren's sum where nothing changed. */
export function rankVariance(strata: readonly ValueStratum[]): number {
  return strata.reduce((sum, stratum) => {
    const [n0, n1] = [stratum.baseline.length, stratum.current.length];
    return n0 === 0 || n1 === 0 ? sum : sum + varianceOf(n0, n1, ranksOf(stratum).ties);
  }, 0);
}

/** Each value's rank within its stratum, over both windows, with its weight: what groups are compared by. */
export function weightedRanks(stratum: ValueStratum): Omit<Ranks, 'ties'> {
  const weight = 1 / (stratum.baseline.length + stratum.current.length + 1);
  const { baseline, current } = ranksOf(stratum);
  return {
    baseline: baseline.map((rank) => rank * weight),
    current: current.map((rank) => rank * weight),
  };
}

function varianceOf(n0: number, n1: number, ties: number): number {
  const all = n0 + n1;
  const tied = all > 1 ? ties / (all ** 3 - all) : 0;
  return ((n0 * n1) / (12 * (all + 1))) * (1 - tied);
}

function ranksOf({ baseline, current }: ValueStratum): Ranks {
  const values = [...baseline, ...current];
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  let ties = 0;
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end += 1;
    // Places are counted from 1: start + 1 to end.
    for (let place = start; place < end; place += 1) ranks[order[place] ?? 0] = (start + 1 + end) / 2;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { baseline: ranks.slice(0, baseline.length), current: ranks.slice(baseline.length), ties };
}
