/**
 * Makes the analyzer's own tables again from its events in the outbox, which are the record: what was
 * announced, and in which order merges were counted with which facts. What the outbox holds of merges beyond
 * that is read afterwards as any new event is.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT, THRESHOLD_CROSSED } from '../events/metric-events.ts';
import { NAME_LIMIT_BYTES, quarantine, shorten } from '../log/merge-event.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { quarantinedRows } from './merge-table.ts';
import { LOOKS_LIKE_OURS, tornEvents, unlessUnreadable } from './torn-events.ts';

/** The outbox lost events since they were written: to read on would forget merges or count them twice. */
export class PrunedOutboxError extends Error {
  override readonly name = 'PrunedOutboxError';

  constructor(counted: number, recorded: number, wayOut: string) {
    super(
      `${counted} merges were counted, and events_outbox records ${recorded} of them (${METRIC_SNAPSHOT}). ` +
        `Nothing was changed. ${wayOut}`,
    );
  }
}

/**
 * Fills empty tables; identities of crossings that are there stay.
 *
 * @throws PrunedOutboxError when ordinals are missing: merges were counted that nothing tells of any more.
 */
export async function recoverFromOutbox(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
): Promise<void> {
  const recover = async (torn: readonly string[]): Promise<true> => {
    await recoverBut(transaction, database, tables, torn);
    return true;
  };
  if (tables.outbox.payload.type === 'jsonb') {
    await recover([]);
  } else if ((await unlessUnreadable(transaction, () => recover([]))) === undefined) {
    await recover(await tornEvents(transaction, database, tables));
  }
}

/** Without the events that are torn, by their ids. */
async function recoverBut(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  torn: readonly string[],
): Promise<void> {
  const own = (name: keyof OwnTables) => sql.table(`${database.ownSchema}.${name}`);
  const rowsOf = (kind: string): RawBuilder<unknown> => ownEvents(database, tables, kind, torn);
  const { rows: crossings } = await sql<{ has_foreign: boolean }>`
    with event as materialized (select p, ${IS_CROSSING} as is_ours from ${rowsOf(THRESHOLD_CROSSED)} event),
    recovered as (
      insert into ${own('crossing')} (rate, scope, direction, merge_event_id, configuration_version)
      select p ->> 'metric', p ->> 'scope', p ->> 'direction', p ->> 'merge_event_id', p ->> 'configuration_version'
      from event where is_ours on conflict do nothing)
    select exists (select from event where not is_ours) as has_foreign`.execute(transaction);
  // One pass: a long outbox is read once, and each payload is taken apart once. No ordinal: it is not ours.
  const { rows } = await sql<{
    counted: string | number | null;
    recorded: string | number;
    has_foreign: boolean;
  }>`
    with snapshot as materialized (
      select p ->> 'configuration_version' as version, case when ${IS_SNAPSHOT} then (m ->> 'ordinal')::bigint end as ordinal,
        m ->> 'work_item_id' as work_item_id, m ->> 'event_id' as event_id, m ->> 'project' as project,
        m ->> 'attempts' as attempts, m ->> 'rebase_conflict' as is_rebase_conflict, m ->> 'merged_at' as merged_at
      from ${rowsOf(METRIC_SNAPSHOT)} event
    ), recovered as (
      insert into ${own('merge')}
        (work_item_id, ordinal, event_id, project, attempts, is_rebase_conflict, merged_at)
      select work_item_id, ordinal, event_id, project, attempts::integer, is_rebase_conflict::boolean, merged_at
      from snapshot where ordinal is not null
      on conflict do nothing returning ordinal
    ), announced as (
      insert into ${own('analysis')} (configuration_version, announced_ordinal)
      select version, max(ordinal) from snapshot where ordinal is not null group by version
      on conflict (configuration_version) do update set announced_ordinal = excluded.announced_ordinal
    )
    select max(ordinal) as counted, count(*) as recorded, exists (select from snapshot where ordinal is null) as has_foreign
    from recovered`.execute(transaction);
  const [counted, recorded] = [toInteger(rows[0]?.counted ?? 0), toInteger(rows[0]?.recorded ?? 0)];
  if (recorded < counted) throw new PrunedOutboxError(counted, recorded, wayOutOf(database));
  if (crossings[0]?.has_foreign === true) {
    await setForeignEventsAside(
      transaction,
      database,
      rowsOf(THRESHOLD_CROSSED),
      THRESHOLD_CROSSED,
      IS_CROSSING,
    );
  }
  if (rows[0]?.has_foreign === true) {
    await setForeignEventsAside(transaction, database, rowsOf(METRIC_SNAPSHOT), METRIC_SNAPSHOT, IS_SNAPSHOT);
  }
  await sql`
    update ${own('log_position')} set
      revision = revision + 1, merges = ${counted}::bigint, log_order = null, noted_id = null, noted_writers = null,
      newest_created_at = null, newest_event_id = null,
      written_xid = pg_current_xact_id()::text::bigint`.execute(transaction);
}

/** Somebody else's rows under our kinds are named, and hold up nothing. */
async function setForeignEventsAside(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  rowsOfKind: RawBuilder<unknown>,
  kind: string,
  isOurs: RawBuilder<boolean>,
): Promise<void> {
  const { rows } = await sql<{ id: string; text: string | null }>`
    select id::text as id, left(text, 200) as text from ${rowsOfKind} event
    where not ${isOurs} order by event.id limit ${FOREIGN_LIMIT}`.execute(transaction);
  const events = rows.map(({ id, text }) => {
    const what = `its kind is ${kind}, and it is not an event of the analyzer: ${shorten(text)}`;
    return quarantine({ id, workItemId: null }, 'not-ours', what);
  });
  if (events.length === 0) return;
  await sql`insert into ${sql.table(`${database.ownSchema}.quarantine`)} (event_id, work_item_id, reason, detail)
    select row.* from ${quarantinedRows(events)} on conflict do nothing`.execute(transaction);
}

/** As many are named; the others are left out like them. */
const FOREIGN_LIMIT = 1_000;

/**
 * Rows of a kind as `event(id, text, p, m)`: `p` is null where the payload is not JSON that jsonb takes, and `m` is its
 * merge. OFFSET 0 keeps the server from taking `m` out of `p` again for each of its fields.
 */
function ownEvents(
  { orchestratorSchema }: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
  kind: string,
  torn: readonly string[],
): RawBuilder<unknown> {
  const isWhole = sql`${LOOKS_LIKE_OURS} and id <> all(${torn}::${sql.raw(outbox.id.type)}[])`;
  // A text column may hold anything, and a cast of what is no JSON would end the recovery.
  const payload =
    outbox.payload.type === 'jsonb' ? sql`payload` : sql`case when ${isWhole} then payload::jsonb end`;
  return sql`(select id, payload::text as text, p, p -> 'merge' as m from (
    select id, payload, ${payload} as p from ${sql.table(`${orchestratorSchema}.events_outbox`)} where kind = ${kind} offset 0
  ) own offset 0)`;
}

/** A text that is a key, or part of one. */
function isName(value: RawBuilder<unknown>, name: string): RawBuilder<boolean> {
  const field = sql.lit(name);
  return sql<boolean>`(jsonb_typeof(${value} -> ${field}) = 'string'
    and octet_length(${value} ->> ${field}) between 1 and ${sql.lit(NAME_LIMIT_BYTES + 'project:'.length)})`;
}

/** Whether `p` records a crossing. Never null. */
const IS_CROSSING: RawBuilder<boolean> = sql<boolean>`coalesce(${sql.join(
  ['metric', 'scope', 'direction', 'merge_event_id', 'configuration_version'].map((name) =>
    isName(sql`p`, name),
  ),
  sql` and `,
)} and p ->> 'direction' in ('up', 'down'), false)`;

/** Whether `p` with its `m` records a merge. Never null. The sizes are those of the columns. */
const IS_SNAPSHOT: RawBuilder<boolean> = sql<boolean>`coalesce(
  ${isName(sql`p`, 'configuration_version')} and ${sql.join(
    ['work_item_id', 'event_id', 'project', 'merged_at'].map((name) => isName(sql`m`, name)),
    sql` and `,
  )} and jsonb_typeof(m -> 'rebase_conflict') = 'boolean'
  and m ->> 'ordinal' ~ '^[1-9][0-9]{0,14}$'
  and case when m ->> 'attempts' ~ '^[1-9][0-9]{0,9}$' then (m ->> 'attempts')::bigint < 2147483648 else false end, false)`;

function wayOutOf({ orchestratorSchema }: AnalyzerDatabase): string {
  const quoted = `"${orchestratorSchema.replaceAll('"', '""')}"`;
  return (
    'Restore the own schema, or those events. Or count anew, from the merge events that are still there: ' +
    `\`delete from ${quoted}.events_outbox where kind = '${METRIC_SNAPSHOT}'\`, and run this again.`
  );
}
