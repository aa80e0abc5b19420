/**
 * Makes the analyzer's own tables again from its events in the outbox, which are the record: what was
 * announced, and in which order merges were counted with which facts. What the outbox holds of merges beyond
 * that is read afterwards as any new event is.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT, THRESHOLD_CROSSED } from '../events/metric-events.ts';
import { type QuarantinedEvent, quarantine, shorten } from '../log/merge-event.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { contradictedSnapshots, type Recovery, takeBackUncounted } from './forged-snapshots.ts';
import { quarantinedRows } from './merge-table.ts';
import { IS_CROSSING, IS_SNAPSHOT, type LeftOutEvents, ownEvents } from './recorded-events.ts';
import { tornEvents, unlessUnreadable } from './torn-events.ts';

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
 * @param countedBefore merges that the tables held until now; undefined when nobody knows
 * @throws PrunedOutboxError when ordinals are missing: merges were counted that nothing tells of any more.
 */
export async function recoverFromOutbox(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  countedBefore?: number,
): Promise<void> {
  const recovery: Recovery = { transaction, database, tables, countedBefore };
  const recorded = await recoverReadable(recovery);
  const uncounted =
    recorded.counted > Math.min(recorded.merges, countedBefore ?? recorded.merges)
      ? await takeBackUncounted(recovery)
      : [];
  const { counted, merges } = uncounted.length === 0 ? recorded : await countRecovered(recovery);
  if (merges < counted) throw new PrunedOutboxError(counted, merges, wayOutOf(database));
  await setAside(recovery, [...recorded.foreign, ...uncounted]);
  const own = (name: keyof OwnTables) => sql.table(`${database.ownSchema}.${name}`);
  await sql`update ${own('analysis')} set announced_ordinal = ${counted}::bigint
    where announced_ordinal > ${counted}::bigint`.execute(transaction);
  await sql`
    update ${own('log_position')} set
      revision = revision + 1, merges = ${counted}::bigint, log_order = null, noted_id = null, noted_writers = null,
      newest_created_at = null, newest_event_id = null,
      written_xid = pg_current_xact_id()::text::bigint`.execute(transaction);
}

/** What snapshots gave. */
interface Recovered {
  /** The highest ordinal. */
  readonly counted: number;
  readonly merges: number;
  /** Snapshots that give one number to two items, or one item two numbers. */
  readonly contradictions: number;
  readonly foreign: readonly QuarantinedEvent[];
}

/** First as if everything were ours and whole; what is not is looked for only then. */
async function recoverReadable(recovery: Recovery): Promise<Recovered> {
  const { transaction, database, tables } = recovery;
  let leftOut: LeftOutEvents = { torn: [], forged: [] };
  await sql`savepoint recovery`.execute(transaction);
  let recovered =
    tables.outbox.payload.type === 'jsonb'
      ? await recoverBut(recovery, leftOut)
      : await unlessUnreadable(transaction, () => recoverBut(recovery, leftOut));
  if (recovered === undefined) {
    leftOut = { ...leftOut, torn: await tornEvents(transaction, database, tables) };
    recovered = await recoverBut(recovery, leftOut);
  }
  if (recovered.contradictions === 0) return recovered;
  await sql`rollback to savepoint recovery`.execute(transaction);
  const contradicted = await contradictedSnapshots(recovery, leftOut);
  leftOut = { ...leftOut, forged: contradicted.map(({ eventId }) => eventId) };
  const { foreign, ...rest } = await recoverBut(recovery, leftOut);
  return { ...rest, foreign: [...foreign, ...contradicted] };
}

async function recoverBut(recovery: Recovery, leftOut: LeftOutEvents): Promise<Recovered> {
  const { transaction, database, tables } = recovery;
  const own = (name: keyof OwnTables) => sql.table(`${database.ownSchema}.${name}`);
  const rowsOf = (kind: string): RawBuilder<unknown> => ownEvents(database, tables, kind, leftOut);
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
    contradictions: string | number;
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
      on conflict do nothing returning ordinal, work_item_id
    ), announced as (
      insert into ${own('analysis')} (configuration_version, announced_ordinal)
      select version, max(ordinal) from snapshot where ordinal is not null group by version
      on conflict (configuration_version) do update set announced_ordinal = excluded.announced_ordinal
    )
    select max(ordinal) as counted, count(*) as recorded, exists (select from snapshot where ordinal is null) as has_foreign,
      -- Of one configuration without a contradiction each snapshot is a merge: mostly there is nothing to compare.
      case when (select count(*) from snapshot where ordinal is not null) = (select count(*) from recovered) then 0
        else (select count(*) from snapshot s where s.ordinal is not null and not exists (
          select from recovered r where r.ordinal = s.ordinal and r.work_item_id = s.work_item_id)) end as contradictions
    from recovered`.execute(transaction);
  const [row] = rows;
  const foreign = [
    ...(crossings[0]?.has_foreign === true
      ? await foreignEvents(transaction, rowsOf(THRESHOLD_CROSSED), THRESHOLD_CROSSED, IS_CROSSING)
      : []),
    ...(row?.has_foreign === true
      ? await foreignEvents(transaction, rowsOf(METRIC_SNAPSHOT), METRIC_SNAPSHOT, IS_SNAPSHOT)
      : []),
  ];
  return {
    counted: toInteger(row?.counted ?? 0),
    merges: toInteger(row?.recorded ?? 0),
    contradictions: toInteger(row?.contradictions ?? 0),
    foreign,
  };
}

async function countRecovered({ transaction, database }: Recovery): Promise<Omit<Recovered, 'foreign'>> {
  const { rows } = await sql<{ counted: string | number | null; merges: string | number }>`
    select max(ordinal) as counted, count(*) as merges from ${sql.table(`${database.ownSchema}.merge`)}`.execute(
    transaction,
  );
  const [row] = rows;
  return { counted: toInteger(row?.counted ?? 0), merges: toInteger(row?.merges ?? 0), contradictions: 0 };
}

/** Somebody else's rows under our kinds: they are named, and hold up nothing. */
async function foreignEvents(
  transaction: Transaction<OwnTables>,
  rowsOfKind: RawBuilder<unknown>,
  kind: string,
  isOurs: RawBuilder<boolean>,
): Promise<readonly QuarantinedEvent[]> {
  const { rows } = await sql<{ id: string; text: string | null }>`
    select id::text as id, left(text, 200) as text from ${rowsOfKind} event
    where not ${isOurs} order by event.id limit ${FOREIGN_LIMIT}`.execute(transaction);
  return rows.map(({ id, text }) => {
    const what = `its kind is ${kind}, and it is not an event of the analyzer: ${shorten(text)}`;
    return quarantine({ id, workItemId: null }, 'not-ours', what);
  });
}

async function setAside(
  { transaction, database }: Recovery,
  events: readonly QuarantinedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await sql`insert into ${sql.table(`${database.ownSchema}.quarantine`)} (event_id, work_item_id, reason, detail)
    select row.* from ${quarantinedRows(events)} on conflict do nothing`.execute(transaction);
}

/** As many are named; the others are left out like them. */
const FOREIGN_LIMIT = 1_000;

function wayOutOf({ orchestratorSchema }: AnalyzerDatabase): string {
  const quoted = `"${orchestratorSchema.replaceAll('"', '""')}"`;
  return (
    'Restore the own schema, or those events. Or count anew, from the merge events that are still there: ' +
    `\`delete from ${quoted}.events_outbox where kind = '${METRIC_SNAPSHOT}'\`, and run this again.`
  );
}
