import type { MergeRate } from '@ephemetry/contract';
import { type AnalyzerConfiguration, longestWindow, ratesOf } from './configuration.ts';
import type { Merge } from './merge.ts';
import { contributionOf, type RateDefinition } from './rate-definition.ts';

/** The newest merges of a scope, and what they add up to. Its size is bounded by the windows. */
export interface MergeWindow {
  /** Oldest first, at most the longest window. */
  readonly merges: readonly Merge[];
  /** Of each share: how many merges within its own window count. */
  readonly counts: Readonly<Partial<Record<MergeRate, number>>>;
}

/** Before the first merge. */
export const EMPTY_WINDOW: MergeWindow = { merges: [], counts: {} };

/**
 * The window after one more merge: the oldest leaves in the same step. Counts are kept, not counted again:
 * looking at 250 merges for each of a million costs more than all the rest of the fold.
 */
export function appendMerge(
  { merges, counts }: MergeWindow,
  merge: Merge,
  rates: readonly RateDefinition[],
): MergeWindow {
  const kept = longestWindow(rates) - 1;
  // A copy and a push: spreading iterates, and takes five times as long.
  const next = merges.slice(Math.max(0, merges.length - kept));
  next.push(merge);
  const after: Partial<Record<MergeRate, number>> = { ...counts };
  for (const rate of rates) {
    if (rate.kind !== 'share') continue;
    const oldest = merges[merges.length - rate.window];
    const leaving = oldest === undefined ? 0 : contributionOf(rate, oldest);
    after[rate.name] = (counts[rate.name] ?? 0) + contributionOf(rate, merge) - leaving;
  }
  return { merges: next, counts: after };
}

/** The window that these merges, oldest first, leave. */
export function windowOf(merges: readonly Merge[], configuration: AnalyzerConfiguration): MergeWindow {
  const rates = ratesOf(configuration);
  return merges.reduce((window, merge) => appendMerge(window, merge, rates), EMPTY_WINDOW);
}
