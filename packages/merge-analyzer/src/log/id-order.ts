/**
 * Reads the outbox in the order of its ids, up to the settled id: nobody can write at or below it any more.
 *
 *   ids   ── read ──┤── settled: read now ──┤── may still be written under ──┤ newest
 *
 * A writer locks the outbox before it draws an id and until its transaction ends. So when nobody holds that lock, the
 * newest id in sight is settled. Otherwise it is noted with the transactions that hold the lock, and settled when these
 * are gone. The lock is looked at before the snapshot in which rows are read: what ended in between is in sight.
 *
 * An id that was drawn earlier (by an application, in a statement of its own) may be written below the settled one. Each
 * look goes back a few ids for such rows and reads them out of order. See docs/guide/merge-analyzer.md for the limit.
 */
import { sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import {
  askById,
  BEFORE_EVERY_ID,
  type IdQuestion,
  isAfterId,
  type NewsRow,
  type TablesById,
} from './id-question.ts';
import { OtherTables } from './log-order.ts';
import { type IdPlace, type LogPiece, type News, parsePosition } from './log-position.ts';
import { haveIdsUpTo } from './outbox-files.ts';
import {
  isOfOthers,
  isWantedAgain,
  joinKnown,
  mayBeMerge,
  type RowSource,
  rowColumns,
  type SelectedRow,
  toOutboxRow,
} from './outbox-rows.ts';

/**
 * The position, and the first rows after it. One round trip, unless the outbox has a partition that is new.
 *
 * @throws OtherTables when the outbox is another table, or ids have stopped saying what is new.
 */
export async function readNewsById(
  database: AnalyzerDatabase,
  tables: TablesById,
  version: string,
  lookBackIds: number,
): Promise<News> {
  const question = { database, tables, version, lookBackIds };
  const rows = await withNewPartitions(question, await askById(question, []));
  const first = firstOf(database, rows);
  const readId = first.upto_id;
  const settledId = first.settled_id ?? first.from_id;
  const hasMore = BigInt(readId) < BigInt(settledId);
  const place: IdPlace = {
    kind: 'id',
    readId,
    settledId,
    note: nextNote(first),
    seenXid: first.horizon,
    outboxFiles: first.files,
    isRestarted: first.is_restarted,
  };
  const isNoted = JSON.stringify(place.note) !== JSON.stringify(noteOf(first));
  return {
    position: parsePosition(first),
    piece: {
      rows: toRows(rows),
      place,
      hasMore,
      isStep: hasMore || isNoted || first.is_restarted,
    },
    isHeldBack: first.newest_id !== null && BigInt(settledId) < BigInt(first.newest_id),
    ...(first.is_restarted && first.stored_order === 'id' ? { restartedBecause: whyRestarted(first) } : {}),
  };
}

function whyRestarted({ is_foreign: isForeign, new_files: added }: NewsRow): string {
  if (isForeign) return 'the own tables were restored from a copy';
  const has = (letter: string): boolean => added.some((file) => file.startsWith(letter));
  if (has('t')) return 'events_outbox is another table, or has another file';
  if (has('s')) return 'the sequence of events_outbox.id has another file';
  if (has('p')) return 'a partition of events_outbox that is new holds ids that were passed';
  return 'the newest id of events_outbox is below those that were read';
}

/**
 * A partition that is new mostly begins with the ids that come next. Then it is taken as it is, and asked again: the rows of
 * before were perhaps looked for without it. One that holds ids which were passed is read, with all others, from the start.
 */
async function withNewPartitions(
  question: IdQuestion,
  rows: readonly NewsRow[],
): Promise<readonly NewsRow[]> {
  const { database } = question;
  const { new_files: added, is_restarted: isRestarted, stored_id: storedId } = firstOf(database, rows);
  if (!isRestarted || added.length === 0 || added.some((file) => !file.startsWith('p'))) return rows;
  if (await haveIdsUpTo(database, added, storedId)) return rows;
  return await askById(question, added);
}

function firstOf({ ownSchema }: AnalyzerDatabase, [first]: readonly NewsRow[]): NewsRow {
  if (first === undefined) throw new Error(`${ownSchema}.log_position is empty: drop that schema.`);
  if (first.is_other) throw new OtherTables('the outbox is not the table that it was');
  if (first.is_beyond) throw new OtherTables('the outbox has an id that its sequence has not reached');
  return first;
}

/** Rows after those of a look before, within what was settled then. */
export async function readMoreById(
  { asker, database, tables, hasOwnTables }: RowSource,
  place: IdPlace,
  rowsAtMost: number,
): Promise<LogPiece> {
  const { readId, settledId, isRestarted } = place;
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const from = sql<string>`${readId}::bigint`;
  const { rows } = await sql<{ upto_id: string } & Partial<SelectedRow>>`
    with reach as materialized (select coalesce(
      (select o.id::bigint from ${outbox} o where ${isAfterId(from)} and o.id <= ${settledId}::bigint
        order by o.id offset ${rowsAtMost - 1}::int limit 1), ${settledId}::bigint) as upto_id)
    select reach.upto_id::text as upto_id, r.* from reach left join lateral (
      select ${rowColumns(tables)}, o.xmin::text::bigint as xid, false as is_late, o.id as sort_id
      from ${outbox} o ${joinKnown(database, hasOwnTables)}
      where ${isAfterId(from)} and o.id <= reach.upto_id and ${isOfOthers()} and ${mayBeMerge(tables)}
        ${isRestarted ? sql`and ${isWantedAgain(tables)}` : sql``}
      order by o.id
    ) r on true order by r.sort_id`.execute(asker);
  const upto = rows[0]?.upto_id ?? settledId;
  const hasMore = BigInt(upto) < BigInt(settledId);
  return { rows: toRows(rows), place: { ...place, readId: upto }, hasMore, isStep: true };
}

/** Before every row, of an outbox that nobody has read. */
export const START_OF_IDS: IdPlace = {
  kind: 'id',
  readId: BEFORE_EVERY_ID,
  settledId: BEFORE_EVERY_ID,
  note: null,
  seenXid: '0',
  outboxFiles: [],
  isRestarted: false,
};

/** The start of a look at everything in sight, by one who stores nothing: what is still being written comes with the next. */
export async function startOfIds({ asker, database }: RowSource): Promise<IdPlace> {
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const { rows } = await sql<{
    newest: string | null;
  }>`select max(o.id)::text as newest from ${outbox} o`.execute(asker);
  const settledId = rows[0]?.newest ?? BEFORE_EVERY_ID;
  return { ...START_OF_IDS, settledId };
}

function noteOf({ noted_id: id, noted_writers: writers }: NewsRow): IdPlace['note'] {
  return id === null ? null : { id, writers: writers ?? [] };
}

/** What is waited for from now on. */
function nextNote(row: NewsRow): IdPlace['note'] {
  const { newest_id: newestId, settled_id: settledId, from_id: fromId, writers } = row;
  if (newestId === null || newestId === settledId || BigInt(newestId) <= BigInt(fromId)) return null;
  const noted = row.is_restarted ? null : noteOf(row);
  if (noted === null || settledId !== null) return { id: newestId, writers };
  const isPrepared = (writer: string): boolean => writer.startsWith('-1/');
  const isGone = noted.writers.some((writer) => !isPrepared(writer) && !writers.includes(writer));
  if (!isGone) return noted;
  return {
    id: noted.id,
    writers: writers.filter((writer) => isPrepared(writer) || noted.writers.includes(writer)),
  };
}

/** A piece without rows is one row of nothing but the position. */
function toRows(rows: readonly Partial<SelectedRow>[]) {
  return rows.filter(isRow).map(toOutboxRow);
}

function isRow(row: Partial<SelectedRow>): row is SelectedRow {
  return row.id !== undefined && row.id !== null;
}
