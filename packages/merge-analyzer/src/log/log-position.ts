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
 * `next_scan_after_id` becomes `scan_after_id` when every transaction that could have drawn a smaller id has
 * ended: the horizon passed all transactions that were running when it was noted, and a grace time passed
 * for statements that had drawn an id but not yet written. See docs/guide/merge-analyzer.md.
 */
import { sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';

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
    | { readonly afterId: string; readonly xmax: number; readonly isOldEnough: boolean }
    | undefined;
  readonly previous: PreviousMerge | null;
  /** Merges so far: the newest ordinal. */
  readonly merges: number;
  /** Every transaction below this one has ended. */
  readonly horizon: number;
  /** The next transaction id of this snapshot. */
  readonly xmax: number;
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

/** A statement draws its id and its transaction id within microseconds of each other; this is a million times that. */
const SCAN_GRACE_S = 5;

/** Reads the position in the transaction's snapshot. */
export async function readLogPosition(
  transaction: Transaction<OwnTables>,
  { ownSchema, orchestratorSchema }: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
): Promise<LogPosition> {
  const newestId = isIntegerType(outbox.id.type)
    ? sql`(select max(id) from ${sql.table(`${orchestratorSchema}.events_outbox`)})::text`
    : sql`null::text`;
  const { rows } = await sql<PositionRow>`
    select after_xid, after_created_at::text as after_created_at, after_id, scan_after_id,
      next_scan_after_id, next_scan_xmax,
      next_scan_since < clock_timestamp() - make_interval(secs => ${SCAN_GRACE_S}) as is_old_enough,
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

/** Moves the position, in the transaction that wrote what was read up to it. */
export async function writeLogPosition(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  before: LogPosition,
  { after, scanAfterId, previous, merges, noteScan }: NextPosition,
): Promise<void> {
  const isSettled = before.nextScan === undefined || scanAfterId === before.nextScan.afterId;
  const kept = isSettled ? sql`next_scan_after_id = null,` : sql``;
  const next = noteScan
    ? sql`next_scan_after_id = ${before.newestId}, next_scan_xmax = ${before.xmax}, next_scan_since = clock_timestamp(),`
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
  is_old_enough: boolean | null;
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
      row.next_scan_after_id === null || row.next_scan_xmax === null
        ? undefined
        : {
            afterId: row.next_scan_after_id,
            xmax: toInteger(row.next_scan_xmax),
            isOldEnough: row.is_old_enough === true,
          },
  };
}

/** The newest id is smaller than one that was seen: the table was emptied and counts from the start again. */
function haveIdsRestarted({ scan_after_id, next_scan_after_id, newest_id }: PositionRow): boolean {
  const seen = next_scan_after_id ?? scan_after_id;
  return seen !== null && (newest_id === null || BigInt(newest_id) < BigInt(seen));
}
