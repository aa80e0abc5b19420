/** What every reader of the outbox asks of its rows, whatever order it reads them in. `o` is the row everywhere. */
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_EVENT_KINDS } from '../events/metric-events.ts';
import { createdAtOf, type OrchestratorTables } from './orchestrator-tables.ts';

/** A row of the outbox that may be a merge, unread. */
export interface OutboxRow {
  readonly id: string;
  readonly workItemId: string | null;
  readonly payload: string | null;
  /** ISO 8601 in UTC with microseconds; null or empty when there is none. */
  readonly createdAt: string | null;
  readonly place: RowPlace;
  /** Whether its work item has merged already, or its merge was set aside. */
  readonly isKnown: boolean;
  /** Whether it appeared under an id that was passed: read by itself, out of order. */
  readonly isLate: boolean;
}

/** What a row is told from others by. */
interface RowPlace {
  /** The transaction that wrote it; 32 bits of its number where rows are read by id. */
  readonly xid: number;
  /** With microseconds, as text; empty where rows are read by id. */
  readonly createdAt: string;
  readonly id: string;
}

/**
 * The full transaction id of the row. `xmin` has 32 bits; the row is older than the snapshot, so it is
 * the newest 64-bit id below the snapshot's with these bits. PostgreSQL keeps `xmin` when it freezes a row.
 */
export function fullXid(xmax: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(${xmax} - (((${xmax} & 4294967295) - o.xmin::text::bigint + 4294967296) & 4294967295))`;
}

/** Whether the row is not one of the analyzer's own events. Never null. */
export function isOfOthers(): RawBuilder<boolean> {
  const kinds = sql.join(METRIC_EVENT_KINDS.map((kind) => sql.lit(kind)));
  return sql<boolean>`(o.kind is null or o.kind not in (${kinds}))`;
}

/** Whether the row is a merge event, as far as the server can tell. Never null. */
function isMerge(payloadType: string): RawBuilder<boolean> {
  return payloadType === 'jsonb'
    ? sql<boolean>`coalesce(o.payload ->> 'target' = 'merged', false)`
    : sql<boolean>`coalesce(${plainText()} ~ '"target"\\s*:\\s*"merged"', false)`;
}

/** The letters of what is searched for. JSON may write each as an escape, `m\\u0065rged`, which is the same text. */
const LETTERS = [...new Set('targetmerged')];

/** A payload of another type than jsonb, as a text in which the letters that are searched for stand as themselves. */
function plainText(): RawBuilder<string> {
  const replaced = LETTERS.reduce<RawBuilder<unknown>>((text, letter) => {
    const code = letter.charCodeAt(0).toString(16);
    const escapes = [...new Set([code, code.toUpperCase()])].map((digits) => `\\u00${digits}`);
    return escapes.reduce(
      (inner, spelt) => sql`replace(${inner}, ${sql.lit(spelt)}, ${sql.lit(letter)})`,
      text,
    );
  }, sql`o.payload::text`);
  return sql<string>`case when strpos(o.payload::text, ${sql.lit('\\u00')}) > 0 then ${replaced} else o.payload::text end`;
}

/** Whether the row moves its work item to another phase than merged. Never null. */
export function isMove(payloadType: string): RawBuilder<boolean> {
  return payloadType === 'jsonb'
    ? sql<boolean>`coalesce(jsonb_typeof(o.payload -> 'target') = 'string' and o.payload ->> 'target' <> 'merged', false)`
    : sql<boolean>`coalesce(${plainText()} ~ '"target"\\s*:\\s*"' and not ${isMerge(payloadType)}, false)`;
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
      return sql<boolean>`(${plainText()} like '%"merged%')`;
    default:
      return sql<boolean>`(${plainText()} like '%merged%')`;
  }
}

/**
 * Whether a row is wanted when the log is read once more: its item is not known, or the payload is no object, which is set
 * aside whoever it belongs to. Of a text the server cannot tell: all are wanted, and sorted out by who reads them. Never null.
 */
export function isWantedAgain({ outbox }: OrchestratorTables): RawBuilder<boolean> {
  switch (outbox.payload.type) {
    case 'jsonb':
      return sql<boolean>`(known.hit is null or jsonb_typeof(o.payload) <> 'object')`;
    case 'json':
      return sql<boolean>`(known.hit is null or json_typeof(o.payload) <> 'object')`;
    default:
      return sql<boolean>`true`;
  }
}

/** The columns of {@link SelectedRow} but those that depend on the order. */
export function rowColumns(tables: OrchestratorTables): RawBuilder<unknown> {
  const createdAt = createdAtOf(tables);
  const place = tables.order.kind === 'id' ? sql`''` : sql`coalesce(${createdAt}, '-infinity')::text`;
  return sql`o.id::text as id, o.work_item_id::text as work_item_id, ${payloadText(tables)} as payload,
    case when ${createdAt} >= '0001-01-01Z'
      then to_char(${createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end as created_at,
    ${place} as place_created_at, known.hit is not null as is_known`;
}

/** What is read of a payload, and how much of a field: no name is longer, and no sentence shows more. */
const READ_FIELDS = ['target', 'attempts', 'last_verdict', 'verdict', 'project'];
const READ_CHARACTERS = 2_000;

/**
 * The payload as text. One that the server had to compress or to store aside is large: of that only what is read is sent,
 * as thousands of payloads are held in memory at once. A json or text column may hold anything, and is sent whole.
 */
function payloadText({ outbox }: OrchestratorTables): RawBuilder<string> {
  if (outbox.payload.type !== 'jsonb') return sql<string>`o.payload::text`;
  const fields = sql.join(READ_FIELDS.map((name) => sql.lit(name)));
  const characters = sql.lit(READ_CHARACTERS);
  return sql<string>`case
    when pg_column_compression(o.payload) is null and pg_column_size(o.payload) <= ${characters} then o.payload::text
    when jsonb_typeof(o.payload) <> 'object' then left(o.payload::text, ${characters})
    else (select jsonb_object_agg(key, case
        when length(value::text) <= ${characters} then value
        when jsonb_typeof(value) = 'string' then to_jsonb(left(value #>> '{}', ${characters}))
        when jsonb_typeof(value) = 'array' then '[]'
        when jsonb_typeof(value) = 'object' then '{}'
        else to_jsonb(left(value::text, ${characters})) end)::text
      from jsonb_each(o.payload) where key in (${fields})) end`;
}

/**
 * A join that says in `known.hit` whether the work item has merged already, or its merge was set aside. Of a payload
 * that is no JSON nobody knows that it was a merge. The limit keeps it a look into two indexes for each row: as a plain
 * EXISTS it may become one pass over all merges that there ever were.
 */
export function joinKnown({ ownSchema }: AnalyzerDatabase, hasOwnTables: boolean): RawBuilder<unknown> {
  if (!hasOwnTables) return sql`cross join (select null::integer as hit) known`;
  return sql`left join lateral (
    select 1 as hit from (
      select from ${sql.table(`${ownSchema}.merge`)} m where m.work_item_id = o.work_item_id::text
      union all
      select from ${sql.table(`${ownSchema}.quarantine`)} q
      where q.work_item_id = o.work_item_id::text and q.reason <> 'payload-unreadable'
    ) merged limit 1
  ) known on true`;
}

/** Who asks for rows. */
export interface RowSource {
  readonly asker: Kysely<OwnTables> | Transaction<OwnTables>;
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  /** Without them no work item is known. */
  readonly hasOwnTables: boolean;
}

/** A row as the server sends it. */
export interface SelectedRow {
  id: string;
  work_item_id: string | null;
  payload: string | null;
  created_at: string | null;
  place_created_at: string;
  xid: string | number;
  is_known: boolean;
  is_late: boolean;
}

/** A row as the analyzer takes it. */
export function toOutboxRow(row: SelectedRow): OutboxRow {
  return {
    id: row.id,
    workItemId: row.work_item_id,
    payload: row.payload,
    createdAt: row.created_at,
    place: { xid: toInteger(row.xid), createdAt: row.place_created_at, id: row.id },
    isKnown: row.is_known,
    isLate: row.is_late,
  };
}
