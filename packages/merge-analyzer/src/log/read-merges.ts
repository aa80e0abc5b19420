/** One piece of the log: rows of the outbox turned into merges, with what was left out and why. */
import type { Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import type { Merge } from '../fold/merge.ts';
import { insertMerges, insertQuarantined, knownWorkItems } from '../store/merge-table.ts';
import { clockFault } from './clock.ts';
import { completeMerges } from './complete-merges.ts';
import type { LogPlace, LogPosition, PreviousMerge } from './log-position.ts';
import { type MergeEvent, type QuarantinedEvent, type ReadEvent, readMergeEvent } from './merge-event.ts';
import { isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';
import type { OutboxRow } from './outbox-rows.ts';

/** Where reading stands within one transaction. */
export interface Reading {
  readonly place: LogPlace;
  readonly previous: PreviousMerge | null;
  /** The newest ordinal. */
  readonly merges: number;
}

/** What one piece held. */
export interface Piece {
  readonly reading: Reading;
  readonly merges: readonly Merge[];
  readonly quarantined: number;
}

/** What reading needs to know beside where it stands. */
export interface ReadContext {
  readonly transaction: Transaction<OwnTables>;
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  readonly position: LogPosition;
  readonly clockToleranceMs: number;
  /** Events that are not the first merge of their item, though the log has them first. */
  readonly superseded: ReadonlySet<string>;
}

/** Reads rows in the order of the log, and keeps their merges and what had to be set aside. */
export async function readPiece(
  context: ReadContext,
  before: Reading,
  rows: readonly OutboxRow[],
): Promise<Piece> {
  const { transaction, database } = context;
  const { reading, merges, faults } = await understandPiece(context, before, rows, (asked) =>
    knownWorkItems(transaction, database, asked),
  );
  await insertMerges(transaction, database, merges);
  const quarantined = await insertQuarantined(transaction, database, faults);
  return { reading, merges, quarantined };
}

/** Work items that have merged, or whose merge was set aside, out of those that are asked for. */
type KnownWorkItems = (asked: readonly string[]) => Promise<Iterable<string>>;

/** What rows mean, after all that was read before. Keeps nothing. */
export async function understandPiece(
  context: ReadContext,
  before: Reading,
  rows: readonly OutboxRow[],
  known: KnownWorkItems,
): Promise<Omit<Piece, 'quarantined'> & { readonly faults: readonly QuarantinedEvent[] }> {
  const { transaction, database, tables, position } = context;
  const last = rows.at(-1);
  if (last === undefined) return { reading: before, merges: [], faults: [] };
  const { sound, faults, previous } = await soundFirstMerges(
    context,
    before,
    rows.map(readMergeEvent),
    known,
  );
  const merges: Merge[] = [];
  for (const completed of await completeMerges(transaction, database, tables, position, sound)) {
    if (completed.kind === 'quarantined') faults.push(completed.event);
    else merges.push({ ordinal: before.merges + merges.length + 1, ...completed.facts });
  }
  const reading = { place: last.place, previous, merges: before.merges + merges.length };
  return { reading, merges, faults };
}

/**
 * The first merge event of each work item, its time checked. A merge event that is refused is still the first
 * one: a later one does not take its place. Of a payload that is not JSON nobody knows that it was one.
 */
async function soundFirstMerges(
  { tables, position, clockToleranceMs, superseded }: ReadContext,
  before: Reading,
  reads: readonly ReadEvent[],
  known: KnownWorkItems,
): Promise<{ sound: MergeEvent[]; faults: QuarantinedEvent[]; previous: PreviousMerge | null }> {
  const asked = reads.flatMap((read) => (read.kind === 'other' ? [] : (read.event.workItemId ?? [])));
  const seen = new Set(await known(asked));
  const faults: QuarantinedEvent[] = [];
  const sound: MergeEvent[] = [];
  let previous = before.previous;
  const idsGrow = isIntegerType(tables.outbox.id.type);
  const isFirst = (workItemId: string): boolean => !seen.has(workItemId) && seen.add(workItemId).size > 0;
  for (const read of reads) {
    if (read.kind !== 'other' && superseded.has(read.event.eventId)) continue;
    if (read.kind === 'quarantined') {
      const { reason, workItemId } = read.event;
      const isMerge = reason !== 'payload-unreadable' && workItemId !== null;
      if (!isMerge || isFirst(workItemId)) faults.push(read.event);
    }
    if (read.kind === 'merge') {
      const { eventId, mergedAt } = read.event;
      const fault = clockFault(read.event, {
        previous: previous?.createdAt ?? null,
        isWrittenBeforePrevious: idsGrow && previous !== null && BigInt(eventId) < BigInt(previous.eventId),
        now: position.now,
        toleranceMs: clockToleranceMs,
      });
      if (fault?.reason !== 'clock-ahead') previous = { eventId, createdAt: mergedAt };
      if (!isFirst(read.event.workItemId)) continue;
      if (fault === undefined) sound.push(read.event);
      else faults.push(fault);
    }
  }
  return { sound, faults, previous };
}
