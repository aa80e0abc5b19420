/**
 * Makes the analyzer's own tables, in a schema of their own. Nothing of the orchestrator's is altered: no
 * column, index, trigger or constraint is added to its tables.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';

/** Any number; all analyzers use the same, so that only one makes the schema. */
const SCHEMA_LOCK = 7_236_418_205;

/**
 * Makes what is not there yet, and runs `onCreated` in the same transaction the first time.
 * Two analyzers that start at once wait for each other.
 */
export async function ensureOwnSchema(
  database: AnalyzerDatabase,
  onCreated: (transaction: Transaction<OwnTables>) => Promise<void>,
): Promise<void> {
  const { kysely, ownSchema, orchestratorSchema } = database;
  if (await hasOwnSchema(database)) return;
  await kysely.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK}::bigint)`.execute(transaction);
    await assertOnlyOne(transaction, database);
    // Asked first: IF NOT EXISTS needs the right to make one, which the owner of one schema does not have.
    if (!(await hasSchema(transaction, ownSchema))) {
      await transaction.schema.createSchema(ownSchema).execute();
    }
    await createTables(transaction, ownSchema);
    const mark = sql.lit(markOf(orchestratorSchema));
    await sql`comment on table ${sql.table(`${ownSchema}.log_position`)} is ${mark}`.execute(transaction);
    const created = await sql`
      insert into ${sql.table(`${ownSchema}.log_position`)} (written_xid)
      values (pg_current_xact_id()::text::bigint) on conflict do nothing returning 1`.execute(transaction);
    if (created.rows.length > 0) await onCreated(transaction);
  });
}

/** Stands on our table as a comment, which everybody may read, so that a second own schema is noticed. */
function markOf(orchestratorSchema: string): string {
  return `ephemetry merge analyzer of ${orchestratorSchema}.events_outbox`;
}

/** The outbox is analyzed already, with own tables in another schema: every event would be written twice. */
export class OtherOwnSchemaError extends Error {
  override readonly name = 'OtherOwnSchemaError';
  readonly otherSchema: string;

  constructor({ orchestratorSchema, ownSchema }: AnalyzerDatabase, otherSchema: string) {
    super(
      `${orchestratorSchema}.events_outbox is analyzed already, with own tables in the schema ${otherSchema}. A second ` +
        `set in ${ownSchema} would write every event twice. Name ${otherSchema} (--own-schema, ownSchema), or drop it first.`,
    );
    this.otherSchema = otherSchema;
  }
}

async function assertOnlyOne(kysely: Kysely<OwnTables>, database: AnalyzerDatabase): Promise<void> {
  const other = await otherOwnSchema(kysely, database);
  if (other !== undefined) throw new OtherOwnSchemaError(database, other);
}

/** Another schema with own tables of the same outbox. */
export async function otherOwnSchema(
  kysely: Kysely<OwnTables>,
  { ownSchema, orchestratorSchema }: AnalyzerDatabase,
): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    select n.nspname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = 'log_position' and n.nspname <> ${ownSchema}
      and obj_description(c.oid, 'pg_class') = ${markOf(orchestratorSchema)}
    order by 1 limit 1`.execute(kysely);
  return rows[0]?.name;
}

/** Whether the tables were made, by this version: with the column and the mark that were added last. */
export async function hasOwnSchema({
  kysely,
  ownSchema,
  orchestratorSchema,
}: AnalyzerDatabase): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_attribute
    where attrelid = to_regclass(${`${quoted(ownSchema)}.log_position`}) and attname = 'next_scan_writers'
      and not attisdropped and obj_description(attrelid, 'pg_class') = ${markOf(orchestratorSchema)}`.execute(
    kysely,
  );
  return rows.length > 0;
}

async function hasSchema(transaction: Transaction<OwnTables>, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select to_regnamespace(${quoted(name)}) is not null as found`.execute(transaction);
  return rows[0]?.found === true;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function createTables(kysely: Kysely<OwnTables>, ownSchema: string): Promise<void> {
  const table = (name: keyof OwnTables) => sql.table(`${ownSchema}.${name}`);
  const statements = [
    sql`create table if not exists ${table('log_position')} (
      singleton boolean primary key default true check (singleton),
      after_xid bigint not null default 0,
      after_created_at timestamptz not null default 'infinity',
      after_id text,
      scan_after_id text,
      next_scan_after_id text,
      next_scan_xmax bigint,
      newest_created_at timestamptz,
      merges bigint not null default 0,
      written_xid bigint not null)`,
    // Tables of an earlier version lack it.
    sql`alter table ${table('log_position')} add column if not exists newest_event_id text`,
    sql`alter table ${table('log_position')} add column if not exists next_scan_writers text[]`,
    sql`create table if not exists ${table('merge')} (
      work_item_id text primary key,
      ordinal bigint not null unique check (ordinal > 0),
      event_id text not null,
      project text not null,
      attempts integer not null check (attempts > 0),
      is_rebase_conflict boolean not null,
      merged_at text not null)`,
    sql`create index if not exists merge_project_ordinal on ${table('merge')} (project, ordinal)`,
    sql`create table if not exists ${table('quarantine')} (
      event_id text primary key,
      work_item_id text,
      reason text not null,
      detail text not null,
      quarantined_at timestamptz not null default now())`,
    sql`create index if not exists quarantine_work_item on ${table('quarantine')} (work_item_id)`,
    sql`create table if not exists ${table('analysis')} (
      configuration_version text primary key,
      ordinal bigint not null default 0,
      announced_ordinal bigint not null default 0,
      revision bigint not null default 0)`,
    sql`create table if not exists ${table('trigger_state')} (
      configuration_version text not null,
      scope text not null,
      rate text not null,
      state text not null check (state in ('low', 'high')),
      primary key (configuration_version, scope, rate))`,
    sql`create table if not exists ${table('crossing')} (
      rate text not null,
      scope text not null,
      direction text not null check (direction in ('up', 'down')),
      merge_event_id text not null,
      configuration_version text not null,
      primary key (rate, scope, direction, merge_event_id, configuration_version))`,
  ];
  for (const statement of statements) await statement.execute(kysely);
}
