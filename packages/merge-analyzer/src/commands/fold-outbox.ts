/** Every rate from the outbox alone, in memory: where no analyzer has stored any, and nothing may be written. */
import { sql, type Transaction } from 'kysely';
import type { OwnTables } from '../database/own-tables.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_STATE, foldMerges, type MergeState } from '../fold/merge-state.ts';
import type { LogPiece, LogPlace } from '../log/log-position.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';
import { readMore, startOfLog } from '../log/read-log.ts';
import { mergedItems, type ReadBefore, understandRows } from '../log/understand-rows.ts';
import { readWorkItems } from '../log/work-items.ts';
import type { MergeReader } from './merge-reader.ts';

/** What an analyzer would have stored. */
export interface FoldedOutbox {
  readonly now: string;
  readonly merges: number;
  readonly state: MergeState;
  readonly newestMerge: Merge | undefined;
  readonly quarantined: number;
  /** The newest of them, newest first. */
  readonly newestQuarantined: readonly QuarantinedEvent[];
  /** What was read up to. */
  readonly place: LogPlace;
}

const PIECE_ROWS = 5_000;

/** Reads what is in sight. Memory grows with the number of work items that merged, by their names. */
export async function foldOutbox(
  reader: MergeReader,
  transaction: Transaction<OwnTables>,
  shownQuarantined: number,
): Promise<FoldedOutbox> {
  const { database, tables, configuration, clockToleranceMs } = reader;
  const now = await clockOf(transaction);
  const source = { asker: transaction, database, tables, hasOwnTables: false };
  const seen = new Set<string>();
  const context = {
    tables,
    now,
    clockToleranceMs,
    isKnown: (workItemId: string) => seen.has(workItemId),
    askWorkItems: (events: Parameters<typeof readWorkItems>[1]) => readWorkItems(source, events),
  };
  let before: ReadBefore = { previous: null, merges: 0 };
  let state = EMPTY_STATE;
  let newestMerge: Merge | undefined;
  let quarantined = 0;
  let newestQuarantined: readonly QuarantinedEvent[] = [];
  let piece: Pick<LogPiece, 'place' | 'hasMore'> = { place: await startOfLog(source), hasMore: true };
  while (piece.hasMore) {
    const read = await readMore(source, piece.place, PIECE_ROWS);
    const { newMerges, faults, ...after } = await understandRows(context, before, read.rows);
    for (const workItemId of mergedItems({ newMerges, faults })) seen.add(workItemId);
    state = foldMerges(state, newMerges, configuration).state;
    newestMerge = newMerges.at(-1) ?? newestMerge;
    quarantined += faults.length;
    newestQuarantined = [...faults.toReversed(), ...newestQuarantined].slice(0, shownQuarantined);
    before = after;
    piece = read;
  }
  return {
    now,
    merges: before.merges,
    state,
    newestMerge,
    quarantined,
    newestQuarantined,
    place: piece.place,
  };
}

async function clockOf(transaction: Transaction<OwnTables>): Promise<string> {
  const { rows } = await sql<{ now: string }>`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`.execute(
    transaction,
  );
  return rows[0]?.now ?? '';
}
