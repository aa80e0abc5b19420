/** Histories to measure on: an outbox of so many merges, with ids that count up or that do not. */
import { sql } from 'kysely';
import type { AnalyzerDatabase, SchemaNames } from '../src/database/analyzer-database.ts';
import { createOrchestratorTables } from '../src/database/create-orchestrator-tables.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';

export interface History {
  readonly schemas: Required<SchemaNames>;
  /** The same tables once more, empty, for transactions that nobody watches. */
  readonly twinSchema: string;
  readonly database: AnalyzerDatabase;
  readonly merges: number;
}

/** Makes the tables and writes the history into them. */
export async function writeHistory(
  url: string,
  name: string,
  {
    merges,
    projects,
    ids,
  }: { readonly merges: number; readonly projects: number; readonly ids: 'bigint' | 'uuid' },
): Promise<History> {
  const schemas = { orchestratorSchema: name, ownSchema: `${name}_own` };
  const twinSchema = `${name}_twin`;
  const database = openPostgresql({ url, ...schemas });
  for (const orchestratorSchema of [name, twinSchema]) {
    await createOrchestratorTables({ ...database, orchestratorSchema });
    if (ids === 'uuid') {
      await sql`alter table ${sql.table(`${orchestratorSchema}.events_outbox`)} drop column id,
        add column id uuid primary key default gen_random_uuid()`.execute(database.kysely);
      // What the guide tells whoever has such ids to make.
      await sql`create index on ${sql.table(`${orchestratorSchema}.events_outbox`)} (created_at)
        where kind <> all (array['metric.threshold_crossed', 'metric.snapshot'])`.execute(database.kysely);
    }
  }
  const outbox = sql.table(`${name}.events_outbox`);
  await sql`
    insert into ${outbox} (kind, work_item_id, payload, created_at)
    select 'work_item.transition', 'w' || i, jsonb_build_object('target', 'merged', 'attempts', 1 + (i % 7 = 0)::int * (i % 4),
      'last_verdict', case when i % 13 = 0 then 'rebase_conflict' else 'approve' end, 'project', 'project-' || i % ${projects}::int),
      now() - make_interval(secs => (${merges}::int - i) * 0.1)
    from generate_series(1, ${merges}::int) i`.execute(database.kysely);
  await sql`vacuum analyze ${outbox}`.execute(database.kysely);
  return { schemas, twinSchema, database, merges };
}
