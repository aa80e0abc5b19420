/** What rows of the outbox mean: merges with all of their facts, and what had to be set aside, with the reason. */
import type { Merge } from '../fold/merge.ts';
import { clockFault } from './clock.ts';
import { type CompletedMerge, completeMerge, isComplete } from './complete-merges.ts';
import type { PreviousMerge } from './log-position.ts';
import { type MergeEvent, type QuarantinedEvent, readMergeEvent } from './merge-event.ts';
import { isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';
import type { OutboxRow } from './outbox-rows.ts';
import type { WorkItem } from './work-items.ts';

/** What was read before. */
export interface ReadBefore {
  readonly previous: PreviousMerge | null;
  /** The newest ordinal. */
  readonly merges: number;
}

/** What rows hold. */
export interface Understood extends ReadBefore {
  readonly newMerges: readonly Merge[];
  readonly faults: readonly QuarantinedEvent[];
  /** Merges among them that appeared under an id that was passed. */
  readonly late: number;
}

/** What understanding needs beside the rows. */
export interface UnderstandContext {
  readonly tables: OrchestratorTables;
  /** The database's clock. */
  readonly now: string;
  readonly clockToleranceMs: number;
  /** Whether a work item has merged, or its merge was set aside, as far as the rows do not say it. */
  readonly isKnown: (workItemId: string) => boolean;
  /** The work items of events that leave something out. */
  readonly askWorkItems: (events: readonly MergeEvent[]) => Promise<ReadonlyMap<string, WorkItem>>;
}

/** The work items that are known from now on: a merge that was set aside is still the first. */
export function mergedItems({
  newMerges,
  faults,
}: Pick<Understood, 'newMerges' | 'faults'>): ReadonlySet<string> {
  const names = new Set(newMerges.map(({ workItemId }) => workItemId));
  for (const { workItemId, reason } of faults) {
    if (workItemId !== null && reason !== 'payload-unreadable') names.add(workItemId);
  }
  return names;
}

/** Rows of a log that is read once more, without what was understood before. */
export function withoutKnownMerges(rows: readonly OutboxRow[]): readonly OutboxRow[] {
  return rows.filter((row) => {
    if (!row.isKnown) return true;
    const read = readMergeEvent(row);
    return read.kind === 'quarantined' && read.event.reason === 'payload-unreadable';
  });
}

/** Reads rows in the order of the log. Keeps nothing. */
export async function understandRows(
  context: UnderstandContext,
  before: ReadBefore,
  rows: readonly OutboxRow[],
): Promise<Understood> {
  const { sound, faults, previous } = soundFirstMerges(context, before, rows);
  const incomplete = sound.filter((event) => !isComplete(event));
  const items =
    incomplete.length === 0 ? new Map<string, WorkItem>() : await context.askWorkItems(incomplete);
  const newMerges: Merge[] = [];
  let late = 0;
  for (const event of sound) {
    const completed: CompletedMerge = completeMerge(event, items.get(event.workItemId));
    if (completed.kind === 'quarantined') {
      faults.push(completed.event);
    } else {
      newMerges.push({ ordinal: before.merges + newMerges.length + 1, ...completed.facts });
      if (event.row.isLate) late += 1;
    }
  }
  return { newMerges, faults, late, previous, merges: before.merges + newMerges.length };
}

/**
 * The first merge event of each work item, its time checked. A merge event that is refused is still the first
 * one: a later one does not take its place. Of a payload that is not JSON nobody knows that it was one.
 */
function soundFirstMerges(
  { tables, now, clockToleranceMs, isKnown }: UnderstandContext,
  before: ReadBefore,
  rows: readonly OutboxRow[],
): { sound: MergeEvent[]; faults: QuarantinedEvent[]; previous: PreviousMerge | null } {
  const seen = new Set<string>();
  const faults: QuarantinedEvent[] = [];
  const sound: MergeEvent[] = [];
  let { previous } = before;
  const idsGrow = isIntegerType(tables.outbox.id.type);
  for (const row of rows) {
    const read = readMergeEvent(row);
    if (read.kind === 'other') continue;
    const isFirst = (workItemId: string): boolean =>
      !row.isKnown && !isKnown(workItemId) && !seen.has(workItemId) && seen.add(workItemId).size > 0;
    if (read.kind === 'quarantined') {
      const { reason, workItemId } = read.event;
      const isMerge = reason !== 'payload-unreadable' && workItemId !== null;
      if (!isMerge || isFirst(workItemId)) faults.push(read.event);
      continue;
    }
    const { eventId, mergedAt, workItemId } = read.event;
    const fault = clockFault(read.event, {
      previous: previous?.createdAt ?? null,
      isWrittenBeforePrevious:
        row.isLate || (idsGrow && previous !== null && BigInt(eventId) < BigInt(previous.eventId)),
      now,
      toleranceMs: clockToleranceMs,
    });
    if (fault?.reason !== 'clock-ahead' && !row.isLate) previous = { eventId, createdAt: mergedAt };
    if (!isFirst(workItemId)) continue;
    if (fault === undefined) sound.push(read.event);
    else faults.push(fault);
  }
  return { sound, faults, previous };
}
