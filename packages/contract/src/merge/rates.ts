/**
 * The three rolling rates by the names their events carry. Events are records, not series: their names
 * need no Prometheus suffix; the gauges of the same rates are in `./metrics.ts`.
 */

/** Every rate by a short key. */
export const MERGE_RATES = {
  firstPassMergeRate: 'first_pass_merge_rate',
  rebaseConflictRate: 'rebase_conflict_rate',
  p95AttemptsToMerge: 'p95_attempts_to_merge',
} as const;

/** A rate's name, as events and commands spell it. */
export type MergeRate = (typeof MERGE_RATES)[keyof typeof MERGE_RATES];
