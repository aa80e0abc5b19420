/**
 * How far the outbox was read. Rows commit out of order, so neither the newest id nor the newest time says
 * that all before it was seen. The order of the log is (transaction id that wrote the row, created_at, id),
 * and it is read up to the horizon only: the oldest transaction that is still running. All below the horizon
 * has ended, so no row can appear there any more, and what was read once is never reordered.
 *
 * System columns cannot be indexed, so the id only narrows where to look:
 *
 *   ids      …  scan_after_id            next_scan_after_id              newest
 *   rows     ── all read ──┤── read again ──┤── may still be written ────┤
 *
 * `next_scan_after_id` becomes `scan_after_id` when nobody can write a smaller id any more: the transactions that held
 * the outbox when it was noted are gone (`writers.ts`), and the horizon has passed all that had a number by then. See docs/guide/merge-analyzer.md.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';
import { hasUnnumberedWriter, writersNow } from './writers.ts';

/** The newest row that was read: all up to here is done. */
export interface LogPlace {
  readonly xid: number;
  /** With microseconds, as text; `infinity` when all of this transaction is done. */
  readonly createdAt: string;
  readonly id: string | null;
}

/** The merge event that was read last, counted or not: what the time of the next one is held against. */
export interface PreviousMerge {
  readonly eventId: string;
  readonly createdAt: string;
}

/** Where reading starts and how far it may go, all from one snapshot of the database. */
export interface LogPosition {
  readonly after: LogPlace;
  /** Rows up to this id are done; null looks at all. Only with integer ids. */
  readonly scanAfterId: string | null;
  readonly nextScan:
    | { readonly afterId: string; readonly xmax: number | undefined; readonly areWritersGone: boolean }
    | undefined;
  readonly previous: PreviousMerge | null;
  /** Merges so far: the newest ordinal. */
  readonly merges: number;
  /** Every transaction below this one has ended. */
  readonly horizon: number;
  /** The next transaction id of this snapshot. */
  readonly xmax: number;
  /** Whether a row may still come under a smaller id than those in sight, from a writer that the horizon does not know. */
  readonly hasGap: boolean;
  /** The newest id in sight. */
  readonly newestId: string | null;
  /** The database's clock, ISO 8601 with microseconds. */
  readonly now: string;
  /** The rows carry other transaction ids than when the position was written: a restored dump. */
  readonly isForeign: boolean;
}

/** What a later reader starts from. */
export type NextPosition = Pick<LogPosition, 'after' | 'scanAfterId' | 'previous' | 'merges'> & {
  readonly noteScan: boolean;
};

/** Reads the position in the transaction's snapshot. */
export async function readLogPosition(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
): Promise<LogPosition> {
  const { ownSchema, orchestratorSchema } = database;
  const hasOrder = isIntegerType(outbox.id.type);
  const newestId = hasOrder
    ? sql`(select max(id) from ${sql.table(`${orchestratorSchema}.events_outbox`)})::text`
    : sql`null::text`;
  const { rows } = await sql<PositionRow>`
    select after_xid, after_created_at::text as after_created_at, after_id, scan_after_id,
      next_scan_after_id, next_scan_xmax,
      not coalesce(next_scan_writers, '{}') && ${writersNow(database)} as are_writers_gone,
      ${hasOrder ? hasGap(database) : sql`false`} as has_gap,
      newest_created_at::text as newest_created_at, newest_event_id, merges,
      pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
      pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
      ${newestId} as newest_id,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now,
      (xmin::text::bigint <> written_xid & 4294967295) as is_foreign
    from ${sql.table(`${ownSchema}.log_position`)}`.execute(transaction);
  const row = rows[0];
  if (row === undefined) throw new Error(`${ownSchema}.log_position is empty: drop the schema ${ownSchema}.`);
  return parsePosition(row);
}

/** Asked only while there is such a writer: whether ids in sight leave room for it. */
function hasGap(database: AnalyzerDatabase): RawBuilder<boolean> {
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  return sql<boolean>`case when ${hasUnnumberedWriter(database)} then (
    select count(o.id) < coalesce(max(o.id) - coalesce(scan_after_id::bigint, 0), 0)
    from ${outbox} o where o.id > coalesce(scan_after_id::bigint, 0)) else false end`;
}

/** Moves the position, in the transaction that wrote what was read up to it. */
export async function writeLogPosition(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  before: LogPosition,
  { after, scanAfterId, previous, merges, noteScan }: NextPosition,
): Promise<void> {
  const { ownSchema } = database;
  const isSettled = before.nextScan === undefined || scanAfterId === before.nextScan.afterId;
  const isPassedNext = before.nextScan?.xmax === undefined && before.nextScan?.areWritersGone === true;
  // What the writers wrote has a smaller number than this transaction: it is read before the horizon passes that.
  const passed = isPassedNext ? sql`next_scan_xmax = pg_current_xact_id()::text::bigint,` : sql``;
  const kept = isSettled ? sql`next_scan_after_id = null,` : passed;
  const next = noteScan
    ? sql`next_scan_after_id = ${before.newestId}, next_scan_xmax = case when ${writersNow(database)} = '{}' then pg_current_xact_id()::text::bigint end,
      next_scan_writers = ${writersNow(database)},`
    : kept;
  await sql`
    update ${sql.table(`${ownSchema}.log_position`)} set
      after_xid = ${after.xid}, after_created_at = ${after.createdAt}::timestamptz, after_id = ${after.id},
      scan_after_id = ${scanAfterId}, ${next}
      newest_created_at = ${previous?.createdAt ?? null}::timestamptz,
      newest_event_id = ${previous?.eventId ?? null}, merges = ${merges},
      written_xid = pg_current_xact_id()::text::bigint`.execute(transaction);
}

interface PositionRow {
  after_xid: string | number;
  after_created_at: string;
  after_id: string | null;
  scan_after_id: string | null;
  next_scan_after_id: string | null;
  next_scan_xmax: string | number | null;
  are_writers_gone: boolean;
  has_gap: boolean;
  newest_created_at: string | null;
  newest_event_id: string | null;
  merges: string | number;
  horizon: string;
  xmax: string;
  newest_id: string | null;
  now: string;
  is_foreign: boolean;
}

/** The ids of another cluster mean nothing here: reading starts over, and known work items are skipped. */
function parsePosition(row: PositionRow): LogPosition {
  const shared = {
    previous:
      row.newest_created_at === null || row.newest_event_id === null
        ? null
        : { eventId: row.newest_event_id, createdAt: row.newest_created_at },
    merges: toInteger(row.merges),
    horizon: toInteger(row.horizon),
    xmax: toInteger(row.xmax),
    newestId: row.newest_id,
    hasGap: row.has_gap,
    now: row.now,
    isForeign: row.is_foreign,
  };
  if (row.is_foreign) {
    const start = { xid: 0, createdAt: 'infinity', id: null };
    return { ...shared, after: start, scanAfterId: null, nextScan: undefined, previous: null };
  }
  const after = { xid: toInteger(row.after_xid), createdAt: row.after_created_at, id: row.after_id };
  if (haveIdsRestarted(row)) return { ...shared, after, scanAfterId: null, nextScan: undefined };
  return {
    ...shared,
    after,
    scanAfterId: row.scan_after_id,
    nextScan:
      row.next_scan_after_id === null
        ? undefined
        : {
            afterId: row.next_scan_after_id,
            xmax: row.next_scan_xmax === null ? undefined : toInteger(row.next_scan_xmax),
            areWritersGone: row.are_writers_gone,
          },
  };
}

/** The newest id is smaller than one that was seen: the table was emptied and counts from the start again. */
function haveIdsRestarted({ scan_after_id, next_scan_after_id, newest_id }: PositionRow): boolean {
  const seen = next_scan_after_id ?? scan_after_id;
  return seen !== null && (newest_id === null || BigInt(newest_id) < BigInt(seen));
}
