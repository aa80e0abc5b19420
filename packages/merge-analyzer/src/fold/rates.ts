import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { type Fraction, nearestRankBy, type Rate, rateOver } from '@ephemetry/statistics';
import type { AnalyzerConfiguration } from './configuration.ts';
import type { Merge } from './merge.ts';
import type { MergeWindow } from './merge-window.ts';

/** The percentile of `p95_attempts_to_merge`. */
const P95 = 95;

/**
 * A rate of one scope.
 *
 * @param newest - of the scope, made with the same configuration.
 * @returns for an empty window `{ kind: 'undefined', n: 0, minimum: 50 }`, never 0.
 */
export function rateOf(rate: MergeRate, newest: MergeWindow, configuration: AnalyzerConfiguration): Rate {
  const { window } = configuration.rates[rate];
  const n = Math.min(newest.merges.length, window);
  return rateOver(n, window, () => windowValue(rate, newest, window));
}

function windowValue(rate: MergeRate, window: MergeWindow, size: number): Fraction {
  switch (rate) {
    case MERGE_RATES.firstPassMergeRate:
      return { numerator: window.firstPasses, denominator: size };
    case MERGE_RATES.rebaseConflictRate:
      return { numerator: window.conflicts, denominator: size };
    case MERGE_RATES.p95AttemptsToMerge:
      return {
        numerator: nearestRankBy(newestOf(window, size), P95, ({ attempts }) => attempts),
        denominator: 1,
      };
  }
}

function newestOf({ merges }: MergeWindow, size: number): readonly Merge[] {
  return merges.length === size ? merges : merges.slice(-size);
}
