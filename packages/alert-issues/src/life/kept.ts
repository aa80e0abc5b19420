/** How a step with an issue ends. */
import type { ALERTS_LABELS, UNKNOWN } from '@ephemetry/contract';
import type { GiteaFailure } from '../gitea/gitea-failure.ts';

/** What was done to an issue, as the contract's label has it. */
export type IssueAction = Exclude<(typeof ALERTS_LABELS.action.values)[number], typeof UNKNOWN>;

/** What became of news. */
export type Kept =
  | { readonly kind: 'kept' }
  /** Somebody else changed the issue meanwhile. */
  | { readonly kind: 'overtaken' }
  /** As many issues as are allowed were opened within an hour. */
  | { readonly kind: 'limited' }
  | { readonly kind: 'failed'; readonly failure: GiteaFailure };

export const KEPT: Kept = { kind: 'kept' };

export function failed(failure: GiteaFailure): Kept {
  return { kind: 'failed', failure };
}
