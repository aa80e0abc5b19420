/**
 * Snapshots that have the form of ours and contradict what else is known. Merges are numbered from 1 without a gap, each
 * work item once, so a forged one shows in one of two ways:
 *
 *     two snapshots give one number to two work items, or one work item two numbers    one of the two is not ours
 *     a number lies beyond a gap                                                      snapshots were pruned, or it is not ours
 *
 * What vouches for a snapshot is the merge event that it names, while that is there. Asked only where numbers are not in
 * order: it reads all snapshots again.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT } from '../events/metric-events.ts';
import { type QuarantinedEvent, quarantine } from '../log/merge-event.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { isOfOthers, mayBeMerge } from '../log/outbox-rows.ts';
import { IS_SNAPSHOT, type LeftOutEvents, ownEvents } from './recorded-events.ts';

/** A recovery in its transaction. */
export interface Recovery {
  readonly transaction: Transaction<OwnTables>;
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  /** Merges that were counted by what is made again now; undefined when nobody knows. */
  readonly countedBefore: number | undefined;
}

/** Of snapshots that contradict each other those that are not believed: whose event is there is, then who was first. */
export async function contradictedSnapshots(
  { transaction, database, tables }: Recovery,
  leftOut: LeftOutEvents,
): Promise<readonly QuarantinedEvent[]> {
  const written = tables.order.kind === 'id' ? sql`s.id` : sql`s.created_at, s.id`;
  const { rows } = await sql<{ id: string; ordinal: string; item: string; is_vouched: boolean }>`
    with snapshot as materialized (
      select event.id, (m ->> 'ordinal')::bigint as ordinal, m ->> 'work_item_id' as item, m ->> 'event_id' as event_id,
        event.created_at
      from ${ownEvents(database, tables, METRIC_SNAPSHOT, leftOut)} event where ${IS_SNAPSHOT}
    ), pair as (select distinct ordinal, item from snapshot)
    select s.id::text as id, s.ordinal::text as ordinal, s.item, ${isVouchedFor(database, tables, sql`s.event_id`, sql`s.item`)} as is_vouched
    from snapshot s
    where s.ordinal in (select ordinal from pair group by ordinal having count(*) > 1)
      or s.item in (select item from pair group by item having count(*) > 1)
    order by is_vouched desc, ${written}`.execute(transaction);
  const itemOf = new Map<string, string>();
  const ordinalOf = new Map<string, string>();
  const forged: QuarantinedEvent[] = [];
  for (const { id, ordinal, item } of rows) {
    const isFree = !itemOf.has(ordinal) && !ordinalOf.has(item);
    if (isFree) {
      itemOf.set(ordinal, item);
      ordinalOf.set(item, ordinal);
    } else if (itemOf.get(ordinal) !== item) {
      forged.push(notOurs(id, item, `its ordinal ${ordinal} and its work item contradict other snapshots`));
    }
  }
  return forged;
}

/**
 * Takes merges back whose snapshots cannot be ours, and names these:
 *
 * - beyond a gap, with a number that was never counted, or that more ids would have been drawn for than there were;
 * - above what was counted before, without the merge event that it names.
 */
export async function takeBackUncounted(recovery: Recovery): Promise<readonly QuarantinedEvent[]> {
  const { transaction, database, tables, countedBefore } = recovery;
  const merge = sql.table(`${database.ownSchema}.merge`);
  const limit = countedBefore ?? (await idsDrawn(recovery));
  if (limit === undefined) return [];
  const gap = sql`(select coalesce(min(m.ordinal), 0) from ${merge} m
    where not exists (select from ${merge} n where n.ordinal = m.ordinal + 1))`;
  const isVouched = isVouchedFor(database, tables, sql`m.event_id`, sql`m.work_item_id`);
  const isForged =
    countedBefore === undefined
      ? sql`m.ordinal > gap.ordinal and not ${isVouched}`
      : sql`m.ordinal > gap.ordinal or not ${isVouched}`;
  const { rows } = await sql<{ ordinal: string; work_item_id: string }>`
    with gap as materialized (select case when exists (select from ${merge} where ordinal = 1) then ${gap} else 0 end as ordinal)
    delete from ${merge} m using gap where m.ordinal > ${limit}::bigint and (${isForged})
    returning m.ordinal::text as ordinal, m.work_item_id`.execute(transaction);
  if (rows.length === 0) return [];
  const ordinals = `{${rows.map(({ ordinal }) => ordinal).join(',')}}`;
  const { rows: events } = await sql<{ id: string; ordinal: string; item: string }>`
    select event.id::text as id, m ->> 'ordinal' as ordinal, m ->> 'work_item_id' as item
    from ${ownEvents(database, tables, METRIC_SNAPSHOT, { torn: [], forged: [] })} event
    where ${IS_SNAPSHOT} and (m ->> 'ordinal')::bigint = any(${ordinals}::bigint[]) order by event.id`.execute(
    transaction,
  );
  const items = new Map(rows.map((row) => [row.ordinal, row.work_item_id]));
  return events
    .filter(({ ordinal, item }) => items.get(ordinal) === item)
    .map(({ id, ordinal, item }) =>
      notOurs(id, item, `its ordinal is ${ordinal}, and no more than ${limit} merges can have been counted`),
    );
}

/** Every merge that was counted has an event of its own: where ids come from a sequence that bounds their number. */
async function idsDrawn({ transaction, database, tables }: Recovery): Promise<number | undefined> {
  if (tables.order.kind !== 'id') return undefined;
  const { oid } = tables.order.sequence;
  const { rows } = await sql<{ drawn: string | null }>`
    select floor(((select max(o.id) from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o)::numeric
      - s.seqstart) / s.seqincrement + 1)::text as drawn
    from pg_sequence s where s.seqrelid = ${oid}::oid`.execute(transaction);
  const drawn = rows[0]?.drawn ?? null;
  return drawn === null ? undefined : Math.min(Math.max(0, toInteger(drawn)), Number.MAX_SAFE_INTEGER);
}

/** Whether the outbox has the merge event that a snapshot names. */
function isVouchedFor(
  { orchestratorSchema }: AnalyzerDatabase,
  tables: OrchestratorTables,
  eventId: RawBuilder<unknown>,
  item: RawBuilder<unknown>,
): RawBuilder<boolean> {
  // As a set that is hashed once: ids of other types than the event's name would end the statement.
  return sql<boolean>`((${eventId}, ${item}) in (select o.id::text, o.work_item_id::text
    from ${sql.table(`${orchestratorSchema}.events_outbox`)} o
    where o.work_item_id is not null and ${isOfOthers()} and ${mayBeMerge(tables)}))`;
}

function notOurs(id: string, workItemId: string, why: string): QuarantinedEvent {
  const what = `its kind is ${METRIC_SNAPSHOT}, and it is not an event of the analyzer: ${why}`;
  // Under no work item: its merge, if there is one, is not set aside.
  const event = quarantine({ id, workItemId }, 'not-ours', what);
  return { ...event, workItemId: null };
}
