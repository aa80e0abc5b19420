/** Every rate from the outbox alone, in memory: where no analyzer has stored any, and nothing may be written. */
import { sql, type Transaction } from 'kysely';
import type { OwnTables } from '../database/own-tables.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_STATE, foldMerges, type MergeState } from '../fold/merge-state.ts';
import type { LogPlace } from '../log/log-position.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';
import { readMore, startOfLog } from '../log/read-log.ts';
import {
  mergedItems,
  type ReadBefore,
  type UnderstandContext,
  understandRows,
} from '../log/understand-rows.ts';
import { readWorkItems } from '../log/work-items.ts';
import type { MergeReader } from './merge-reader.ts';

/** What an analyzer would have stored. */
export interface FoldedOutbox extends ReadBefore {
  readonly state: MergeState;
  readonly newestMerge: Merge | undefined;
  readonly quarantined: number;
  /** The newest of them, newest first. */
  readonly newestQuarantined: readonly QuarantinedEvent[];
  /** What was read up to. */
  readonly place: LogPlace;
  /** The database's clock. */
  readonly now: string;
}

const PIECE_ROWS = 5_000;

/** Reads what is in sight. Memory grows with the number of work items that merged, by their names. */
export async function foldOutbox(
  { database, tables, configuration, clockToleranceMs }: MergeReader,
  transaction: Transaction<OwnTables>,
  shownQuarantined: number,
): Promise<FoldedOutbox> {
  const source = { asker: transaction, database, tables, hasOwnTables: false };
  const seen = new Set<string>();
  const context: UnderstandContext = {
    tables,
    now: await clockOf(transaction),
    clockToleranceMs,
    isKnown: (workItemId) => seen.has(workItemId),
    askWorkItems: (events) => readWorkItems(source, events),
  };
  let folded: FoldedOutbox = {
    previous: null,
    merges: 0,
    state: EMPTY_STATE,
    newestMerge: undefined,
    quarantined: 0,
    newestQuarantined: [],
    place: await startOfLog(source),
    now: context.now,
  };
  for (let hasMore = true; hasMore; ) {
    const piece = await readMore(source, folded.place, PIECE_ROWS);
    const { newMerges, faults, previous, merges } = await understandRows(context, folded, piece.rows);
    for (const workItemId of mergedItems({ newMerges, faults })) seen.add(workItemId);
    folded = {
      previous,
      merges,
      state: foldMerges(folded.state, newMerges, configuration).state,
      newestMerge: newMerges.at(-1) ?? folded.newestMerge,
      quarantined: folded.quarantined + faults.length,
      newestQuarantined: [...faults.toReversed(), ...folded.newestQuarantined].slice(0, shownQuarantined),
      place: piece.place,
      now: folded.now,
    };
    hasMore = piece.hasMore;
  }
  return folded;
}

async function clockOf(transaction: Transaction<OwnTables>): Promise<string> {
  const { rows } = await sql<{ now: string }>`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`.execute(
    transaction,
  );
  return rows[0]?.now ?? '';
}
