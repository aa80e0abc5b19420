/** One merge as the fold sees it: only what the rates depend on, already checked. */
export interface Merge {
  /** Its place in the order of merges, from 1, without gaps. */
  readonly ordinal: number;
  /** The event that says so: the first one of its work item with `target = "merged"`. */
  readonly eventId: string;
  readonly workItemId: string;
  readonly project: string;
  /** How many attempts the work item had at this moment; 1 or more. */
  readonly attempts: number;
  /** Whether the final verdict before the merge was `rebase_conflict`. */
  readonly isRebaseConflict: boolean;
  /** When the merge event was written, ISO 8601 in UTC. The order does not depend on it. */
  readonly mergedAt: string;
}
