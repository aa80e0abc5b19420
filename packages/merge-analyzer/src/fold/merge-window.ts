import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { type AnalyzerConfiguration, longestWindow } from './configuration.ts';
import type { Merge } from './merge.ts';

/** The newest merges of a scope, and what they add up to. Its size is bounded by the windows. */
export interface MergeWindow {
  /** Oldest first, at most the longest window. */
  readonly merges: readonly Merge[];
  /** First passes within the window of `first_pass_merge_rate`. */
  readonly firstPasses: number;
  /** Rebase conflicts within the window of `rebase_conflict_rate`. */
  readonly conflicts: number;
}

/** Before the first merge. */
export const EMPTY_WINDOW: MergeWindow = { merges: [], firstPasses: 0, conflicts: 0 };

/**
 * The window after one more merge: the oldest leaves in the same step. Counts are kept, not counted again:
 * looking at 250 merges for each of a million costs more than all the rest of the fold.
 */
export function appendMerge(
  { merges, firstPasses, conflicts }: MergeWindow,
  merge: Merge,
  configuration: AnalyzerConfiguration,
): MergeWindow {
  const { firstPassMergeRate, rebaseConflictRate } = MERGE_RATES;
  const leaving = (rate: MergeRate): number => {
    const oldest = merges[merges.length - configuration.rates[rate].window];
    return oldest === undefined ? 0 : contributionOf(rate, oldest);
  };
  const kept = longestWindow(configuration) - 1;
  // A copy and a push: spreading iterates, and takes five times as long.
  const next = merges.slice(Math.max(0, merges.length - kept));
  next.push(merge);
  return {
    merges: next,
    firstPasses: firstPasses + contributionOf(firstPassMergeRate, merge) - leaving(firstPassMergeRate),
    conflicts: conflicts + contributionOf(rebaseConflictRate, merge) - leaving(rebaseConflictRate),
  };
}

/** The window that these merges, oldest first, leave. */
export function windowOf(merges: readonly Merge[], configuration: AnalyzerConfiguration): MergeWindow {
  return merges.reduce((window, merge) => appendMerge(window, merge, configuration), EMPTY_WINDOW);
}

/** What one merge adds to the numerator of a share, or its attempts where the rate is a percentile. */
export function contributionOf(rate: MergeRate, merge: Merge): number {
  switch (rate) {
    case MERGE_RATES.firstPassMergeRate:
      return merge.attempts === 1 ? 1 : 0;
    case MERGE_RATES.rebaseConflictRate:
      return merge.isRebaseConflict ? 1 : 0;
    case MERGE_RATES.p95AttemptsToMerge:
      return merge.attempts;
  }
}
