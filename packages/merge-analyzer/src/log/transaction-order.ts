/**
 * Reads the outbox in the order of (transaction that wrote the row, created_at, id), where ids do not say what is new.
 * Rows commit out of order, so it is read up to the horizon only: the oldest transaction that is still running. All
 * below it has ended, so no row can appear there any more. System columns cannot be indexed: each look goes through the
 * whole outbox, unless an index on `created_at` finds what is new in the near past. Then a look through all of it comes once a
 * minute, and what only that one finds is read by itself, out of order.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { askPlanned } from '../database/ask-planned.ts';
import { toInteger } from '../database/own-tables.ts';
import { OtherTables } from './log-order.ts';
import type { LogPiece, News, PositionRow, TransactionPlace } from './log-position.ts';
import { fromPosition, parsePosition, positionColumns } from './log-position.ts';
import { createdAtOf, type OrchestratorTables, toCreatedAt } from './orchestrator-tables.ts';
import {
  fullXid,
  isOfOthers,
  isWantedAgain,
  joinKnown,
  mayBeMerge,
  type OutboxRow,
  type RowSource,
  rowColumns,
  type SelectedRow,
  toOutboxRow,
} from './outbox-rows.ts';
import { tablesSignature } from './tables-signature.ts';
import { isInTimeIndex } from './time-index.ts';

/** The next transaction id of the snapshot, which is newer than every row in it. */
export const SNAPSHOT_XMAX: RawBuilder<number> = sql<number>`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`;
const SNAPSHOT_XMIN = sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/** Rows a look: each goes through the whole outbox, so it had better be worth it. */
const ROWS = 20_000;

/**
 * How far back in time most looks go where an index finds rows by their time. What was written with an older time (by a
 * transaction that was open for longer, or by whoever sets times) is found by the next look through the whole outbox.
 */
const NEAR_PAST = '2 minutes';

/** The position, and the first rows after it. One round trip. */
export async function readNewsByTransaction(
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  version: string,
  isNear: boolean,
): Promise<News> {
  const isWanted = sql`not (place.is_restarted or place.is_again) or ${isWantedAgain(tables)}`;
  const rowsOfLook = rowsAfter(
    { database, tables, hasOwnTables: true },
    isNear ? sql`${isInNearPast(tables)} and (${isWanted})` : isWanted,
    sql`case when place.is_again then place.after_xid end`,
  );
  const rows = await askUncompiled(
    database,
    sql<NewsRow>`
    with stored as materialized (
      select ${positionColumns()}, p.log_order, p.after_xid, p.after_created_at, p.after_id, p.seen_xid
      from ${fromPosition(database, version)}
    ), start as materialized (
      select *, is_foreign or log_order is distinct from 'transaction' as is_restarted,
        -- Looks into the near past were beyond what was looked through: that is looked through once more.
        ${sql.lit(!isNear)} and coalesce(seen_xid - 1 < after_xid, false) as is_again from stored
    ), place as materialized (
      select *, case when is_restarted then 0 when is_again then seen_xid - 1 else after_xid end as xid,
        case when is_restarted then 2147483647 when is_again then ${oldestAge(sql`seen_xid - 1`)}
          else ${oldestAge(sql`after_xid`)} end as oldest_age,
        case when is_restarted or is_again then 'infinity' else after_created_at end as at,
        case when is_restarted or is_again then null else after_id end as id from start
    )
    select place.revision, place.merges, place.newest_created_at, place.newest_event_id, place.now, place.analysis_ordinal,
      place.announced_ordinal, place.analysis_revision, place.analysis_rules, place.is_restarted, place.xid::text as start_xid,
      place.at::text as start_at, place.id as start_id, place.is_again, place.seen_xid::text as seen_xid, place.after_xid::text as after_xid, ${SNAPSHOT_XMIN}::text as horizon, ${SNAPSHOT_XMAX}::text as xmax,
      ${tablesSignature(database, tables.order.sequence)} <> ${sql.lit(tables.signature)} as is_other, r.*
    from place left join lateral (${rowsOfLook}) r
      on true order by r.xid, r.sort_at, r.sort_id`,
  );
  const [first] = rows;
  if (first === undefined) throw new Error(`${database.ownSchema}.log_position is empty: drop that schema.`);
  if (first.is_other) throw new OtherTables('the outbox is not the table that it was');
  // Before the near past lies what nobody has looked through: after it the place would be beyond that for good.
  if (isNear && (first.is_restarted || first.seen_xid === null)) {
    return await readNewsByTransaction(database, tables, version, false);
  }
  const start: TransactionPlace = {
    kind: 'transaction',
    xid: toInteger(first.start_xid),
    createdAt: first.start_at,
    id: first.start_id,
    isRestarted: first.is_restarted || first.is_again,
    seenXid: first.seen_xid === null || first.is_restarted ? null : toInteger(first.seen_xid),
    isNear,
    lateXid: first.is_again ? toInteger(first.after_xid) : null,
  };
  const piece = toPiece(rows.filter(isRow).map(toOutboxRow), start, toInteger(first.horizon));
  return {
    position: parsePosition(first),
    piece: { ...piece, isStep: piece.hasMore || first.is_restarted || first.is_again },
    isHeldBack: toInteger(first.horizon) < toInteger(first.xmax),
  };
}

/** Compiling a look takes longer than the look, and the server expects otherwise of one through a whole outbox. */
async function askUncompiled(
  database: AnalyzerDatabase,
  news: RawBuilder<NewsRow>,
): Promise<readonly NewsRow[]> {
  if (database.engine === 'pglite') return (await news.execute(database.kysely)).rows;
  return await askPlanned(database, [sql`set local jit = off`], news);
}

/** Rows after those of a look before, in a snapshot of their own. */
export async function readMoreByTransaction(source: RowSource, place: TransactionPlace): Promise<LogPiece> {
  const { rows } = await sql<SelectedRow & { horizon: string }>`
    with place as materialized (select ${place.xid}::bigint as xid,
      ${oldestAge(sql`${place.xid}::bigint`)} as oldest_age, ${place.createdAt}::timestamptz as at, ${place.id}::text as id)
    select r.*, ${SNAPSHOT_XMIN}::text as horizon from place, lateral (
      ${rowsAfter(source, place.isRestarted ? isWantedAgain(source.tables) : sql`true`, sql`${place.lateXid}::bigint`)}
    ) r order by r.xid, r.sort_at, r.sort_id`.execute(source.asker);
  return toPiece(rows.map(toOutboxRow), place, toInteger(rows[0]?.horizon ?? 0));
}

/** Before every row, of frozen transactions, too. */
export const START_OF_TRANSACTIONS: TransactionPlace = {
  kind: 'transaction',
  xid: -1,
  createdAt: 'infinity',
  id: null,
  isRestarted: false,
  seenXid: null,
  isNear: false,
  lateXid: null,
};

/** Whether an index finds the row by its time. The bound is one for the whole statement, or no index would be used. */
function isInNearPast(tables: OrchestratorTables): RawBuilder<boolean> {
  const bound = sql`(statement_timestamp() - ${sql.lit(NEAR_PAST)}::interval)`;
  return sql<boolean>`(o.created_at >= ${toCreatedAt(tables, bound)} and ${isInTimeIndex()})`;
}

/**
 * How old a row after a place is at most. The age of `xmin` costs a tenth of its full number, and most rows are older; it
 * wraps around after 2³¹ transactions, so of a place that far back it says nothing.
 */
function oldestAge(xid: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`case when ${xid} between ${SNAPSHOT_XMAX} - 2147483647 + 1 and ${SNAPSHOT_XMAX}
    then greatest(age((${xid} & 4294967295)::text::xid), 0) else 2147483647 end`;
}

/**
 * What is new and final after `place`, in order. Cheap conditions first: the server keeps their order.
 *
 * @param lateXid up to which transaction rows are late; null for none
 */
function rowsAfter(
  { database, tables, hasOwnTables }: Omit<RowSource, 'asker'>,
  isWanted: RawBuilder<unknown>,
  lateXid: RawBuilder<unknown>,
): RawBuilder<SelectedRow> {
  const idType = sql.raw(tables.outbox.id.type);
  const createdAt = sql`coalesce(${createdAtOf(tables)}, '-infinity')`;
  const xid = fullXid(SNAPSHOT_XMAX);
  return sql<SelectedRow>`
    select ${rowColumns(tables)}, ${xid} as xid, coalesce(${xid} <= ${lateXid}, false) as is_late, ${createdAt} as sort_at, o.id as sort_id
    from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o ${joinKnown(database, hasOwnTables)}
    where age(o.xmin) <= place.oldest_age and ${xid} >= place.xid and ${xid} < ${SNAPSHOT_XMIN}
      and (${xid} > place.xid or ${createdAt} > place.at
        or (${createdAt} = place.at and o.id > place.id::${idType}))
      and ${isOfOthers()} and ${mayBeMerge(tables)} and (${isWanted})
    order by xid, sort_at, sort_id limit ${sql.lit(ROWS)}`;
}

/** All of the transactions below the horizon are done when nothing is left there. */
function toPiece(rows: readonly OutboxRow[], before: TransactionPlace, horizon: number): LogPiece {
  const last = rows.at(-1);
  const { isNear, seenXid } = before;
  if (last !== undefined && rows.length === ROWS) {
    return { rows, place: { ...before, ...last.place }, hasMore: true, isStep: true };
  }
  const isAhead = horizon - 1 < before.xid;
  const place: TransactionPlace = isAhead
    ? before
    : { ...before, xid: horizon - 1, createdAt: 'infinity', id: null, seenXid: isNear ? seenXid : horizon };
  return { rows, place, hasMore: false, isStep: false };
}

interface NewsRow extends PositionRow, Partial<SelectedRow> {
  start_xid: string;
  start_at: string;
  start_id: string | null;
  is_again: boolean;
  seen_xid: string | null;
  after_xid: string;
  horizon: string;
  xmax: string;
  is_other: boolean;
}

function isRow<Row extends Partial<SelectedRow>>(row: Row): row is Row & SelectedRow {
  return row.id !== undefined && row.id !== null;
}
