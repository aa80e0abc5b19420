import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import type { AnalyzerConfiguration } from './configuration.ts';
import type { Fraction } from './fraction.ts';
import type { Merge } from './merge.ts';
import type { MergeWindow } from './merge-window.ts';

/** A rate over a full window, or how far the window is from being full. There is no partial average. */
export type RateValue =
  | {
      readonly kind: 'defined';
      /** A share of the window; for `p95_attempts_to_merge` a number of attempts over 1. */
      readonly value: Fraction;
      /** Merges that the value is made of: the window. */
      readonly n: number;
      readonly window: number;
    }
  | { readonly kind: 'undefined'; readonly n: number; readonly window: number };

/** The percentile of `p95_attempts_to_merge`. */
const P95: Fraction = { numerator: 95, denominator: 100 };

/**
 * A rate of one scope.
 *
 * @param newest - of the scope, made with the same configuration.
 * @returns for an empty window `{ kind: 'undefined', n: 0, window: 50 }`, never 0.
 */
export function rateOf(
  rate: MergeRate,
  newest: MergeWindow,
  configuration: AnalyzerConfiguration,
): RateValue {
  const { window } = configuration.rates[rate];
  const n = newest.merges.length;
  if (n < window) return { kind: 'undefined', n, window };
  return { kind: 'defined', value: windowValue(rate, newest, window), n: window, window };
}

function windowValue(rate: MergeRate, window: MergeWindow, size: number): Fraction {
  switch (rate) {
    case MERGE_RATES.firstPassMergeRate:
      return { numerator: window.firstPasses, denominator: size };
    case MERGE_RATES.rebaseConflictRate:
      return { numerator: window.conflicts, denominator: size };
    case MERGE_RATES.p95AttemptsToMerge:
      return { numerator: nearestRank(window.merges, size, P95), denominator: 1 };
  }
}

/**
 * The nearest-rank percentile: the smallest attempts that at least this share of the window does not exceed.
 * Only as many of the largest are kept as lie at or above the rank (6 of 100), instead of sorting all.
 *
 * @see https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 */
function nearestRank(merges: readonly Merge[], window: number, share: Fraction): number {
  const rank = Math.ceil((window * share.numerator) / share.denominator);
  const kept = window - rank + 1;
  const largest: number[] = [];
  for (let index = merges.length - window; index < merges.length; index += 1) {
    const attempts = merges[index]?.attempts ?? 0;
    if (largest.length === kept && attempts <= (largest[0] ?? 0)) continue;
    let place = 0;
    while (place < largest.length && (largest[place] ?? 0) < attempts) place += 1;
    largest.splice(place, 0, attempts);
    if (largest.length > kept) largest.shift();
  }
  return largest[0] ?? 0;
}
