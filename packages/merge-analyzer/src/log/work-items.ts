/** Reads work items as they are now, with all that says whether they are still as they merged. */
import { type RawBuilder, sql } from 'kysely';
import type { MergeEvent } from './merge-event.ts';
import { createdAtOf } from './orchestrator-tables.ts';
import { fullXid, isMove, isOfOthers, type RowSource } from './outbox-rows.ts';
import type { Column } from './schema-demands.ts';
import { SNAPSHOT_XMAX } from './transaction-order.ts';

/** A work item, and its witnesses; null where the table has no such column or the item no such value. */
export interface WorkItem {
  readonly attempts: number | null;
  readonly verdict: string | null;
  readonly project: string | null;
  readonly phase: string | null;
  /** ISO 8601 in UTC. */
  readonly mergedAt: string | null;
  readonly updatedAt: string | null;
  /** Whether the log has an event after the merge that moves the item to another phase. */
  readonly hasMovedOn: boolean;
  /** Whether the transaction that wrote the merge event wrote the item last. */
  readonly isOfSameTransaction: boolean;
}

/**
 * The work items of these merge events, by id. A later move of an item is what the log has after its merge. Where rows
 * are in the order of transactions, what has a larger id than the merge counts as later, too, if ids tell: a
 * transaction that began before the merge may re-open the item after it.
 */
export async function readWorkItems(
  { asker, database: { orchestratorSchema }, tables }: RowSource,
  events: readonly MergeEvent[],
): Promise<ReadonlyMap<string, WorkItem>> {
  const { outbox, workItems, witnesses } = tables;
  const idType = sql.raw(outbox.id.type);
  const hasLargerId = sql`o.id > asked.event_id::${idType}`;
  const isLater =
    tables.order.kind === 'id'
      ? hasLargerId
      : sql`((${fullXid(SNAPSHOT_XMAX)}, coalesce(${createdAtOf(tables)}, '-infinity'), o.id)
          > (asked.xid, asked.created_at::timestamptz, asked.event_id::${idType})
          ${tables.order.because === null ? sql`` : sql`or ${hasLargerId}`})`;
  const canBeKey =
    workItems.id.type === outbox.work_item_id.type ? () => true : KEY_CHECKS.get(workItems.id.type);
  const isAsked =
    canBeKey === undefined
      ? sql`i.id::text = asked.work_item_id`
      : sql`i.id = asked.key::${sql.raw(workItems.id.type)}`;
  const asked = events.map(({ workItemId, row: { place } }) => ({
    work_item_id: workItemId,
    key: canBeKey?.(workItemId) ? workItemId : null,
    xid: place.xid,
    created_at: place.createdAt,
    event_id: place.id,
  }));
  const { rows } = await sql<WorkItemRow>`
    select asked.work_item_id, i.attempts::text as attempts, i.last_verdict::text as verdict,
      i.project::text as project,
      ${witnesses.phase === undefined ? sql`null` : sql`i.phase::text`} as phase,
      ${timeOf('merged_at', witnesses.merged_at)} as merged_at,
      ${timeOf('updated_at', witnesses.updated_at)} as updated_at,
      ${tables.hasItemTransactions ? sql`i.xmin::text::bigint = (asked.xid & 4294967295)` : sql`false`} as is_of_same_transaction,
      exists (
        select 1 from ${sql.table(`${orchestratorSchema}.events_outbox`)} o
        where ${isLater} and o.work_item_id = asked.work_item_id::${sql.raw(outbox.work_item_id.type)}
          and ${isOfOthers()}
          and ${isMove(outbox.payload.type)}
      ) as has_moved_on
    from json_to_recordset(${JSON.stringify(asked)}::text::json)
      as asked(work_item_id text, key text, xid bigint, created_at text, event_id text)
    join ${sql.table(`${orchestratorSchema}.work_items`)} i
      on ${isAsked}`.execute(asker);
  return new Map(
    rows.map((row) => [
      row.work_item_id,
      {
        attempts: row.attempts === null ? null : Number(row.attempts),
        verdict: row.verdict,
        project: row.project,
        phase: row.phase,
        mergedAt: row.merged_at,
        updatedAt: row.updated_at,
        hasMovedOn: row.has_moved_on,
        isOfSameTransaction: row.is_of_same_transaction,
      },
    ]),
  );
}

/** A time of the item as ISO 8601 in UTC; null when the column is not there, no time, or infinite. */
function timeOf(name: string, column: Column | undefined): RawBuilder<string | null> {
  const value = sql.ref(`i.${name}`);
  const inUtc =
    column?.type === 'timestamp with time zone'
      ? sql`${value} at time zone 'UTC'`
      : column?.type === 'timestamp without time zone'
        ? value
        : sql`null::timestamp`;
  return sql<string | null>`to_char(${inUtc}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * Which texts are keys of a type, where the outbox has another one: the cast of any other text would end the step.
 * Keys of types that are not here are compared as texts, which no index helps with.
 */
const KEY_CHECKS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['uuid', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
  ['bigint', (text) => isIntegerOf(64, text)],
  ['integer', (text) => isIntegerOf(32, text)],
]);

/** Whether a column of this type takes a text; of a type that is not here nobody knows. */
export function mayBeKeyOf(type: string, text: string): boolean {
  return KEY_CHECKS.get(type)?.(text) ?? true;
}

function isIntegerOf(bits: number, text: string): boolean {
  return /^-?[0-9]{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}

interface WorkItemRow {
  work_item_id: string;
  attempts: string | null;
  verdict: string | null;
  project: string | null;
  phase: string | null;
  merged_at: string | null;
  updated_at: string | null;
  is_of_same_transaction: boolean;
  has_moved_on: boolean;
}
