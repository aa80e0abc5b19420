/**
 * Writes the analyzer's events into the outbox. A crossing's identity and its event are one statement: the
 * event is written for the identities that were new, and the primary key decides which those are.
 */
import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import {
  METRIC_SNAPSHOT,
  type MetricSnapshotEvent,
  THRESHOLD_CROSSED,
  type ThresholdCrossed,
} from '../events/metric-events.ts';
import { type OrchestratorTables, toCreatedAt } from '../log/orchestrator-tables.ts';

/** @returns how many were new. */
export async function announceCrossings(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  crossings: readonly ThresholdCrossed[],
): Promise<number> {
  if (crossings.length === 0) return 0;
  const rows = crossings.map((payload, position) => ({
    position,
    id: randomUUID(),
    rate: payload.metric,
    scope: payload.scope,
    direction: payload.direction,
    merge_event_id: payload.merge_event_id,
    configuration_version: payload.configuration_version,
    work_item_id: payload.work_item_id,
    payload,
  }));
  const { rows: written } = await sql`
    with announced as (
      select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as row(
        position integer, id text, rate text, scope text, direction text, merge_event_id text,
        configuration_version text, work_item_id text, payload jsonb)
    ), crossed as (
      insert into ${sql.table(`${database.ownSchema}.crossing`)}
        (rate, scope, direction, merge_event_id, configuration_version)
      select rate, scope, direction, merge_event_id, configuration_version from announced
      on conflict do nothing
      returning rate, scope, direction, merge_event_id, configuration_version
    )
    ${insertInto(database, tables)}
    select ${outboxValues(tables, THRESHOLD_CROSSED)}
    from announced
    join crossed using (rate, scope, direction, merge_event_id, configuration_version)
    ${joinWorkItem(tables)}
    order by announced.position
    returning 1`.execute(transaction);
  return written.length;
}

/** Writes snapshots in their order. That there is one a merge is kept by the position they are written with. */
export async function announceSnapshots(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  snapshots: readonly MetricSnapshotEvent[],
): Promise<void> {
  if (snapshots.length === 0) return;
  const { outbox } = tables;
  // A payload a line, beside its work item: as elements of one document each payload would be taken apart and
  // put together again, which cost the server twice as much. JSON has no line breaks of its own.
  const payloads = snapshots.map((snapshot) => JSON.stringify(snapshot)).join('\n');
  const workItemIds = JSON.stringify(snapshots.map(({ merge }) => merge.work_item_id));
  const id = outbox.id.isFilledIn ? sql`null` : sql`gen_random_uuid()::text`;
  await sql`
    ${insertInto(database, tables)}
    select ${outboxValues(tables, METRIC_SNAPSHOT)}
    from (
      select ${id} as id, work_item_id, payload, position
      from rows from (string_to_table(${payloads}::text, E'\n'), json_array_elements_text(${workItemIds}::text::json))
        with ordinality as element(payload, work_item_id, position)
    ) announced ${joinWorkItem(tables)} order by announced.position`.execute(transaction);
}

function insertInto(
  { orchestratorSchema }: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
): RawBuilder<unknown> {
  const id = outbox.id.isFilledIn ? sql`` : sql`id, `;
  return sql`insert into ${sql.table(`${orchestratorSchema}.events_outbox`)}
    (${id}kind, work_item_id, payload, created_at)`;
}

/**
 * The event carries the merge's work item, so that a column that must refer to one can. A work item that is gone is
 * left out; where the column may not be null, so is the event.
 */
function joinWorkItem({ outbox, workItemReference: reference }: OrchestratorTables): RawBuilder<unknown> {
  if (reference === undefined) return sql``;
  const kind = reference.isNullable ? sql`left join` : sql`join`;
  return sql`${kind} ${sql.raw(reference.table)} referred
    on referred.${sql.raw(reference.column)} = announced.work_item_id::${sql.raw(outbox.work_item_id.type)}`;
}

function outboxValues(tables: OrchestratorTables, kind: string): RawBuilder<unknown> {
  const { outbox, workItemReference: reference } = tables;
  const type = (name: keyof typeof outbox): RawBuilder<unknown> => sql.raw(outbox[name].type);
  const id = outbox.id.isFilledIn ? sql`` : sql`announced.id::${type('id')}, `;
  const workItemId =
    reference === undefined
      ? sql`announced.work_item_id::${type('work_item_id')}`
      : sql`referred.${sql.raw(reference.column)}`;
  return sql`${id}${kind}::${type('kind')}, ${workItemId}, announced.payload::${type('payload')}, ${toCreatedAt(tables, sql`now()`)}`;
}
