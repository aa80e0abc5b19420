/** Reads the outbox in the order of the log, piece by piece, so that a long history needs little memory. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_EVENT_KINDS } from '../events/metric-events.ts';
import type { LogPlace, LogPosition } from './log-position.ts';
import { createdAtOf, isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';

/** A row of the outbox that may be a merge, unread. */
export interface OutboxRow {
  readonly id: string;
  readonly workItemId: string | null;
  readonly payload: string | null;
  /** ISO 8601 in UTC with microseconds; null or empty when there is none. */
  readonly createdAt: string | null;
  readonly place: LogPlace;
}

/**
 * The full transaction id of the row `o`. `xmin` has 32 bits; the row is older than the snapshot, so it is
 * the newest 64-bit id below the snapshot's with these bits. PostgreSQL keeps `xmin` when it freezes a row.
 */
export function fullXid(xmax: number): RawBuilder<number> {
  return sql<number>`(${xmax}::bigint - (((${xmax}::bigint & 4294967295) - o.xmin::text::bigint + 4294967296) & 4294967295))`;
}

/** Whether a row `o` is not one of the analyzer's own events. Never null. */
export function isOfOthers(): RawBuilder<boolean> {
  return sql<boolean>`(o.kind is null or o.kind not in (${sql.join(METRIC_EVENT_KINDS)}))`;
}

/** Whether a row `o` is a merge event, as far as the server can tell. Never null. */
function isMerge(payloadType: string): RawBuilder<boolean> {
  return payloadType === 'jsonb'
    ? sql<boolean>`coalesce(o.payload ->> 'target' = 'merged', false)`
    : sql<boolean>`coalesce(o.payload::text ~ '"target"\\s*:\\s*"merged"', false)`;
}

/** Whether a row `o` moves its work item to another phase than merged. Never null. */
export function isMove(payloadType: string): RawBuilder<boolean> {
  return payloadType === 'jsonb'
    ? sql<boolean>`coalesce(jsonb_typeof(o.payload -> 'target') = 'string' and o.payload ->> 'target' <> 'merged', false)`
    : sql<boolean>`coalesce(o.payload::text ~ '"target"\\s*:\\s*"' and not ${isMerge(payloadType)}, false)`;
}

/**
 * Which rows may be merges. Not only objects with the target: a payload that was encoded twice is a JSON
 * string, and a text column may hold anything; both are handed on, to be told apart and named. A json column is
 * searched as a text: it may hold `\u0000`, at which `->>` fails for all rows.
 */
export function mayBeMerge({ outbox }: OrchestratorTables): RawBuilder<boolean> {
  switch (outbox.payload.type) {
    case 'jsonb':
      return sql<boolean>`(o.payload ->> 'target' = 'merged'
        or (jsonb_typeof(o.payload) = 'string' and o.payload #>> '{}' like '%"merged"%'))`;
    case 'json':
      return sql<boolean>`(o.payload::text like '%"merged%')`;
    default:
      return sql<boolean>`(o.payload like '%merged%')`;
  }
}

/** Rows a piece: enough to make round trips cheap, few enough to hold in memory. */
export const PIECE_ROWS = 5_000;

/** A merge that just happened comes alone: no cursor is opened for it. */
const FIRST_PIECE_ROWS = 100;

/** What is new and final, in the order of the log. Ends where the log ends; the transaction may leave earlier. */
export async function* outboxPieces(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  position: LogPosition,
): AsyncGenerator<readonly OutboxRow[], void> {
  const first = await sql<SelectedRow>`
    ${newRows(database, tables, position)} limit ${FIRST_PIECE_ROWS}::int`.execute(transaction);
  const last = first.rows.at(-1);
  if (last === undefined) return;
  yield first.rows.map(toOutboxRow);
  if (first.rows.length < FIRST_PIECE_ROWS) return;
  const rest = { ...position, after: toOutboxRow(last).place };
  await sql`declare merge_events no scroll cursor for ${newRows(database, tables, rest)}`.execute(
    transaction,
  );
  while (true) {
    const { rows } = await sql<SelectedRow>`fetch ${sql.lit(PIECE_ROWS)} from merge_events`.execute(
      transaction,
    );
    if (rows.length > 0) yield rows.map(toOutboxRow);
    if (rows.length < PIECE_ROWS) return;
  }
}

/**
 * Merge events whose work item has one with a smaller id in sight, by a younger transaction: an older one saw the
 * merge, re-opened the item and merged it again. The smallest id is the first. Other than integers have no order.
 */
export async function supersededEvents(
  transaction: Transaction<OwnTables>,
  { orchestratorSchema }: AnalyzerDatabase,
  tables: OrchestratorTables,
  { after, scanAfterId, xmax }: LogPosition,
): Promise<ReadonlySet<string>> {
  if (!isIntegerType(tables.outbox.id.type)) return new Set();
  const inReach = scanAfterId === null ? sql`` : sql`o.id > ${scanAfterId}::bigint and`;
  const { rows } = await sql<{ id: string }>`
    with unread as materialized (
      select o.id, o.work_item_id, ${fullXid(xmax)} as xid from ${sql.table(`${orchestratorSchema}.events_outbox`)} o
      where ${inReach} ${isOfOthers()} and ${isMerge(tables.outbox.payload.type)} and ${fullXid(xmax)} >= ${after.xid}::bigint
    )
    select distinct later.id::text as id from unread later
    join unread first on first.work_item_id = later.work_item_id and first.id < later.id and first.xid > later.xid`.execute(
    transaction,
  );
  return new Set(rows.map(({ id }) => id));
}

function newRows(
  { orchestratorSchema, ownSchema }: AnalyzerDatabase,
  tables: OrchestratorTables,
  { after, scanAfterId, horizon, xmax }: LogPosition,
): RawBuilder<SelectedRow> {
  const idType = sql.raw(tables.outbox.id.type);
  const createdAt = createdAtOf(tables);
  const inReach = scanAfterId === null ? sql`` : sql`o.id > ${scanAfterId}::${idType} and`;
  // From the start of the log, after a rebuild: what is counted already is left out by one join, not row by row.
  const isUnknown =
    after.xid === 0
      ? sql`not exists (select 1 from ${sql.table(`${ownSchema}.merge`)} m where m.work_item_id = o.work_item_id::text) and`
      : sql``;
  return sql<SelectedRow>`
    select o.id::text as id, o.work_item_id::text as work_item_id, o.payload::text as payload,
      to_char(${createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
      coalesce(${createdAt}, '-infinity')::text as place_created_at, ${fullXid(xmax)} as xid
    from ${sql.table(`${orchestratorSchema}.events_outbox`)} o
    where ${inReach} ${isOfOthers()} and ${isUnknown} ${mayBeMerge(tables)}
      and ${fullXid(xmax)} >= ${after.xid}::bigint and ${fullXid(xmax)} < ${horizon}::bigint
      and (${fullXid(xmax)} > ${after.xid}::bigint
        or coalesce(${createdAt}, '-infinity') > ${after.createdAt}::timestamptz
        or (coalesce(${createdAt}, '-infinity') = ${after.createdAt}::timestamptz
          and o.id > ${after.id}::${idType}))
    order by xid, coalesce(${createdAt}, '-infinity'), o.id`;
}

function toOutboxRow(row: SelectedRow): OutboxRow {
  return {
    id: row.id,
    workItemId: row.work_item_id,
    payload: row.payload,
    createdAt: row.created_at,
    place: { xid: toInteger(row.xid), createdAt: row.place_created_at, id: row.id },
  };
}

interface SelectedRow {
  id: string;
  work_item_id: string | null;
  payload: string | null;
  created_at: string | null;
  place_created_at: string;
  xid: string | number;
}
