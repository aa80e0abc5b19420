/**
 * Makes the analyzer's own tables again from its events in the outbox, which are the record: what was
 * announced, and in which order merges were counted with which facts. What the outbox holds of merges beyond
 * that is read afterwards as any new event is.
 */
import { sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT, THRESHOLD_CROSSED } from '../events/metric-events.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';

/** Fills empty tables; identities of crossings that are there stay. */
export async function recoverFromOutbox(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
): Promise<void> {
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const own = (name: keyof OwnTables) => sql.table(`${database.ownSchema}.${name}`);
  const isText = !['json', 'jsonb'].includes(tables.outbox.payload.type);
  const payload = isText ? sql`payload::jsonb` : sql`payload`;
  await sql`
    insert into ${own('crossing')} (rate, scope, direction, merge_event_id, configuration_version)
    select p ->> 'metric', p ->> 'scope', p ->> 'direction', p ->> 'merge_event_id', p ->> 'configuration_version'
    from (select ${payload} as p from ${outbox} where kind = ${THRESHOLD_CROSSED}) crossed
    on conflict do nothing`.execute(transaction);
  // One pass: a long outbox is read once, and each payload is taken apart once.
  await sql`
    with snapshot as materialized (
      select p ->> 'configuration_version' as version, (m ->> 'ordinal')::bigint as ordinal,
        m ->> 'work_item_id' as work_item_id, m ->> 'event_id' as event_id, m ->> 'project' as project,
        (m ->> 'attempts')::integer as attempts, (m ->> 'rebase_conflict')::boolean as is_rebase_conflict,
        m ->> 'merged_at' as merged_at
      from ${outbox}, lateral (select ${payload} as p, ${payload} -> 'merge' as m) event
      where kind = ${METRIC_SNAPSHOT}
    ), recovered as (
      insert into ${own('merge')}
        (work_item_id, ordinal, event_id, project, attempts, is_rebase_conflict, merged_at)
      select work_item_id, ordinal, event_id, project, attempts, is_rebase_conflict, merged_at from snapshot
      on conflict do nothing
    )
    insert into ${own('analysis')} (configuration_version, announced_ordinal)
    select version, max(ordinal) from snapshot group by version
    on conflict (configuration_version) do update set announced_ordinal = excluded.announced_ordinal
  `.execute(transaction);
  await sql`
    update ${own('log_position')} set
      merges = (select coalesce(max(ordinal), 0) from ${own('merge')}),
      after_xid = 0, after_created_at = 'infinity', after_id = null, scan_after_id = null,
      next_scan_after_id = null, next_scan_xmax = null, next_scan_since = null,
      newest_created_at = null, newest_event_id = null,
      written_xid = pg_current_xact_id()::text::bigint`.execute(transaction);
}
