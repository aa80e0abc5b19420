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
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { askTogether } from '../database/ask-together.ts';
import { type IdSequence, isBeyondSequence, OtherTables } from './log-order.ts';
import type { IdPlace, LogPiece, News, PositionRow } from './log-position.ts';
import { fromPosition, parsePosition, positionColumns } from './log-position.ts';
import type { OrchestratorTables } from './orchestrator-tables.ts';
import { haveIdsUpTo, outboxFiles } from './outbox-files.ts';
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
import { tablesSignature } from './tables-signature.ts';
import { writersNow } from './writers.ts';

/** Below every id, and the smallest of them: what is read from here on begins with it, not after it. */
export const BEFORE_EVERY_ID = '-9223372036854775808';

/** A merge that just happened comes with few others. */
const FIRST_ROWS = 100;

/** Tables of an outbox that is read by its ids. */
export interface TablesById extends OrchestratorTables {
  readonly order: { readonly kind: 'id'; readonly sequence: IdSequence };
}

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
  const rows = await withNewPartitions(question, await askWithNote(question, []));
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
async function withNewPartitions(question: Question, rows: readonly NewsRow[]): Promise<readonly NewsRow[]> {
  const { database } = question;
  const { new_files: added, is_restarted: isRestarted, stored_id: storedId } = firstOf(database, rows);
  if (!isRestarted || added.length === 0 || added.some((file) => !file.startsWith('p'))) return rows;
  if (await haveIdsUpTo(database, added, storedId)) return rows;
  return await askWithNote(question, added);
}

function firstOf({ ownSchema }: AnalyzerDatabase, [first]: readonly NewsRow[]): NewsRow {
  if (first === undefined) throw new Error(`${ownSchema}.log_position is empty: drop that schema.`);
  if (first.is_other) throw new OtherTables('the outbox is not the table that it was');
  if (first.is_beyond) throw new OtherTables('the outbox has an id that its sequence has not reached');
  return first;
}

/** Whether the row `o` comes after an id. The two conditions let an index begin at the first. */
export function isAfterId(id: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(o.id >= ${id} and (o.id > ${id} or ${id} = ${sql.lit(BEFORE_EVERY_ID)}::bigint))`;
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

interface NewsRow extends PositionRow, Partial<SelectedRow> {
  from_id: string;
  settled_id: string | null;
  newest_id: string | null;
  upto_id: string;
  noted_id: string | null;
  noted_writers: string[] | null;
  writers: string[];
  horizon: string;
  stored_id: string;
  stored_order: string | null;
  is_foreign: boolean;
  files: string[];
  /** Of those, what was not there before. */
  new_files: string[];
  is_other: boolean;
  is_beyond: boolean;
}

/** What a look asks for. */
interface Question {
  readonly database: AnalyzerDatabase;
  readonly tables: TablesById;
  readonly version: string;
  readonly lookBackIds: number;
}

/** @param accepted files that are new, and hold nothing that was passed */
async function askWithNote(question: Question, accepted: readonly string[]): Promise<readonly NewsRow[]> {
  const { database, tables } = question;
  const newestId = sql<string>`(select max(o.id)::bigint from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o)`;
  if (database.engine === 'pglite') {
    // One connection: while this is asked, nobody else is in a transaction.
    const noted = { newestId, writers: sql<string[]>`'{}'::text[]` };
    return (await newsSince(question, accepted, noted).execute(database.kysely)).rows;
  }
  const noted = {
    newestId: sql<string>`nullif(current_setting('ephemetry.newest_id'), '')::bigint`,
    writers: sql<string[]>`current_setting('ephemetry.writers')::text[]`,
  };
  const [, , rows = []] = await askTogether<NewsRow>(database, [
    sql`begin isolation level read committed read only`,
    // Compiling the look takes longer than any look: the server may expect otherwise of one that goes far back.
    sql`select set_config('jit', 'off', true), set_config('ephemetry.newest_id', coalesce(${newestId}::text, ''), true),
      set_config('ephemetry.writers', ${writersNow(database, tables)}::text, true)`,
    newsSince(question, accepted, noted),
    sql`commit`,
  ]);
  return rows;
}

function newsSince(
  { database, tables, version, lookBackIds }: Question,
  accepted: readonly string[],
  noted: { readonly newestId: RawBuilder<string>; readonly writers: RawBuilder<string[]> },
): RawBuilder<NewsRow> {
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const everything = sql.lit(BEFORE_EVERY_ID);
  const { sequence } = tables.order;
  const before = sql`coalesce(outbox_files, '{}') || ${sql.lit(`{${accepted.join(',')}}`)}::text[]`;
  const quarantine = sql.table(`${database.ownSchema}.quarantine`);
  return sql<NewsRow>`
    with stored as materialized (
      select ${positionColumns()}, p.log_order, p.read_id, p.outbox_files, p.noted_id, p.noted_writers, p.seen_xid,
        ${outboxFiles(database, tables, sequence)} as files, ${noted.newestId} as newest_id, ${noted.writers} as writers
      from ${fromPosition(database, version)}
    ), started as materialized (
      select *, log_order is distinct from 'id' or is_foreign or not files <@ (${before})
        or read_id > ${everything}::bigint and coalesce(newest_id < read_id, true) as is_restarted
      from stored
    ), settled as materialized (
      select *, case when is_restarted then ${everything}::bigint else read_id end as from_id,
        case when is_restarted then -1 else age((seen_xid & 4294967295)::text::xid) end as seen_age,
        case
          when writers = '{}' then newest_id
          when is_restarted or noted_id is null or noted_writers && writers then null
          -- A writer that is gone may have been prepared for two phases: it has another name then.
          when array_to_string(writers, ' ') like '%-1/%'
            and exists (select from unnest(noted_writers) writer where writer not like '-1/%') then null
          else noted_id
        end as settled_id
      from started
    ), reach as materialized (
      select *, coalesce(
        (select o.id::bigint from ${outbox} o where ${isAfterId(sql`from_id`)} and o.id <= settled_id
          order by o.id offset ${sql.lit(FIRST_ROWS - 1)} limit 1),
        greatest(settled_id, from_id)) as upto_id
      from settled
    )
    select reach.revision, reach.merges, reach.newest_created_at, reach.newest_event_id, reach.now, reach.analysis_ordinal,
      reach.announced_ordinal, reach.analysis_revision, reach.analysis_rules, reach.is_restarted, reach.from_id::text as from_id,
      reach.settled_id::text as settled_id, reach.newest_id::text as newest_id, reach.upto_id::text as upto_id,
      reach.noted_id::text as noted_id, reach.noted_writers, reach.writers,
      pg_snapshot_xmin(pg_current_snapshot())::text as horizon, reach.files, reach.read_id::text as stored_id, reach.log_order as stored_order,
      reach.is_foreign,
      array(select file from unnest(reach.files) file where file <> all(coalesce(reach.outbox_files, '{}'))) as new_files,
      ${tablesSignature(database, sequence)} <> ${sql.lit(tables.signature)} as is_other,
      ${isBeyondSequence(sequence, sql`reach.newest_id`)} as is_beyond, r.*
    from reach left join lateral (
      select ${rowColumns(tables)}, o.xmin::text::bigint as xid, not ${isAfterId(sql`reach.from_id`)} as is_late, o.id as sort_id
      from ${outbox} o ${joinKnown(database, true)}
      -- One condition: the server would look at the kind first, and of the rows that are looked at once more nearly all end
      -- at their age.
      where o.id >= greatest(reach.from_id, ${everything}::bigint + ${sql.lit(lookBackIds)}) - ${sql.lit(lookBackIds)}
        and o.id <= reach.upto_id
        and case when ${isAfterId(sql`reach.from_id`)} or age(o.xmin) <= reach.seen_age then ${isOfOthers()} and ${mayBeMerge(tables)} end
        and case when ${isAfterId(sql`reach.from_id`)} then not reach.is_restarted or ${isWantedAgain(tables)}
          else ${isWantedAgain(tables)} and not exists (select from ${quarantine} q where q.event_id = o.id::text) end
      order by o.id
    ) r on true order by r.sort_id`;
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
