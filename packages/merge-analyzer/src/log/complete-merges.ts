/**
 * Completes what merge events leave out from their work items. Work items change later, and a changed one
 * says nothing about the moment of the merge; so a work item is believed only if neither the log nor its own
 * columns say that it has moved since. Otherwise the event is quarantined instead of guessed.
 */
import {
  describeAttempts,
  isAttempts,
  isProject,
  type MergeEvent,
  NAME_LIMIT_BYTES,
  type QuarantinedEvent,
  quarantine,
  REBASE_CONFLICT,
  shorten,
} from './merge-event.ts';
import type { WorkItem } from './work-items.ts';

/** What the rates need of a merge, all known. */
interface MergeFacts {
  readonly eventId: string;
  readonly workItemId: string;
  readonly mergedAt: string;
  readonly project: string;
  readonly attempts: number;
  readonly isRebaseConflict: boolean;
}

/** A merge with all of its facts, or the reason why it has none. */
export type CompletedMerge =
  | { readonly kind: 'merge'; readonly facts: MergeFacts }
  | { readonly kind: 'quarantined'; readonly event: QuarantinedEvent };

/** One event with its work item. Pure. */
export function completeMerge(event: MergeEvent, item: WorkItem | undefined): CompletedMerge {
  const { eventId, workItemId, mergedAt } = event;
  const fault = (reason: QuarantinedEvent['reason'], what: string): CompletedMerge => ({
    kind: 'quarantined',
    event: quarantine(event.row, reason, what),
  });
  if (!isComplete(event)) {
    const missing = missingFacts(event).join(', ');
    if (item === undefined) {
      return fault('facts-unknown', `its payload says nothing of ${missing}, and there is no such work item`);
    }
    const doubt = doubtOf(item, event);
    if (doubt !== undefined) {
      return fault('facts-unknown', `its payload says nothing of ${missing}, and ${doubt}`);
    }
  }
  const attempts = event.attempts ?? item?.attempts;
  if (!isAttempts(attempts)) return fault('attempts', describeAttempts(attempts ?? null));
  const project = event.project ?? item?.project ?? '';
  if (!isProject(project)) {
    const what = `neither its payload nor its work item names a project of ${NAME_LIMIT_BYTES} bytes`;
    return fault('project', what);
  }
  const verdict = event.verdict === undefined ? item?.verdict : event.verdict;
  const isRebaseConflict = verdict === REBASE_CONFLICT;
  return { kind: 'merge', facts: { eventId, workItemId, mergedAt, project, attempts, isRebaseConflict } };
}

/**
 * Why a work item may not be as it was when it merged; undefined when it is. The transaction of the merge itself
 * may write any time into it. `merged_at` is the better witness: `updated_at` moves with whatever is updated.
 */
function doubtOf(item: WorkItem, event: MergeEvent): string | undefined {
  if (item.hasMovedOn) return 'the log has a later move of the work item';
  const { phase, mergedAt, updatedAt } = item;
  if (phase !== null && phase !== 'merged') return `its work item is in phase ${shorten(phase)}`;
  if (item.isOfSameTransaction) return undefined;
  const isLater = (time: string): boolean => time > event.mergedAt;
  if (mergedAt !== null) {
    return isLater(mergedAt) ? `its work item has merged_at ${mergedAt}, after this merge` : undefined;
  }
  const isUpdated = updatedAt !== null && isLater(updatedAt);
  return isUpdated ? `its work item was updated at ${updatedAt}, after this merge` : undefined;
}

/** Whether the event itself says all. */
export function isComplete(event: MergeEvent): boolean {
  return missingFacts(event).length === 0;
}

function missingFacts({ attempts, verdict, project }: MergeEvent): readonly string[] {
  return [
    ...(attempts === undefined ? ['attempts'] : []),
    ...(verdict === undefined ? ['last_verdict'] : []),
    ...(project === undefined ? ['project'] : []),
  ];
}
