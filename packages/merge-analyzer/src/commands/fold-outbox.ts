/** Every rate from the outbox alone, in memory: where no analyzer has stored any, and nothing may be written. */
import { sql, type Transaction } from 'kysely';
import type { OwnTables } from '../database/own-tables.ts';
import { toInteger } from '../database/own-tables.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_STATE, foldMerges, type MergeState } from '../fold/merge-state.ts';
import type { LogPosition } from '../log/log-position.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';
import { outboxPieces, supersededEvents } from '../log/outbox-rows.ts';
import { type Reading, understandPiece } from '../log/read-merges.ts';
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
  readonly horizon: number;
  readonly xmax: number;
}

/** Before every row, of frozen transactions, too. */
const BEFORE_EVERYTHING = { xid: -1, createdAt: 'infinity', id: null };

/** Reads the outbox up to its horizon. Memory grows with the number of work items that merged, by their names. */
export async function foldOutbox(
  reader: MergeReader,
  transaction: Transaction<OwnTables>,
  shownQuarantined: number,
): Promise<FoldedOutbox> {
  const { database, tables, configuration, clockToleranceMs } = reader;
  const position = await startOfLog(transaction);
  const superseded = await supersededEvents(transaction, database, tables, position);
  const context = { transaction, database, tables, position, clockToleranceMs, superseded };
  const seen = new Set<string>();
  const known = async (asked: readonly string[]): Promise<readonly string[]> =>
    asked.filter((workItemId) => seen.has(workItemId));
  let reading: Reading = { place: position.after, previous: null, merges: 0 };
  let state = EMPTY_STATE;
  let newestMerge: Merge | undefined;
  let quarantined = 0;
  let newestQuarantined: readonly QuarantinedEvent[] = [];
  for await (const rows of outboxPieces(transaction, database, tables, position)) {
    const piece = await understandPiece(context, reading, rows, known);
    for (const { workItemId } of [...piece.merges, ...piece.faults]) if (workItemId) seen.add(workItemId);
    state = foldMerges(state, piece.merges, configuration).state;
    newestMerge = piece.merges.at(-1) ?? newestMerge;
    quarantined += piece.faults.length;
    newestQuarantined = [...piece.faults.toReversed(), ...newestQuarantined].slice(0, shownQuarantined);
    reading = piece.reading;
  }
  const { now, horizon, xmax } = position;
  return { now, merges: reading.merges, state, newestMerge, quarantined, newestQuarantined, horizon, xmax };
}

/** The position of an analyzer that has read nothing. */
async function startOfLog(transaction: Transaction<OwnTables>): Promise<LogPosition> {
  const { rows } = await sql<{ horizon: string; xmax: string; now: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
      pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`.execute(
    transaction,
  );
  const { horizon = '0', xmax = '0', now = '' } = rows[0] ?? {};
  return {
    after: BEFORE_EVERYTHING,
    scanAfterId: null,
    nextScan: undefined,
    previous: null,
    merges: 0,
    horizon: toInteger(horizon),
    xmax: toInteger(xmax),
    hasGap: false,
    newestId: null,
    now,
    isForeign: false,
  };
}
