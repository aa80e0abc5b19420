/**
 * Makes the analyzer's own tables, in a schema of their own. Nothing of the orchestrator's is altered: no
 * column, index, trigger or constraint is added to its tables.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import { BEFORE_EVERY_ID } from '../log/id-order.ts';

/** Any number; all analyzers use the same, so that only one makes the schema. */
const SCHEMA_LOCK = 7_236_418_205;

/** Of the own tables. Version 1 had no number, and its position another meaning. */
const OWN_VERSION = 2;

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

/**
 * Whether the tables are there as this version makes them.
 *
 * @throws OwnSchemaVersionError when a later version made them.
 */
export async function hasOwnSchema(database: AnalyzerDatabase): Promise<boolean> {
  const { kysely, ownSchema, orchestratorSchema } = database;
  const { rows } = await sql`
    select 1 from pg_attribute
    where attrelid = to_regclass(${`${quoted(ownSchema)}.log_position`}) and attname = 'own_version'
      and not attisdropped and obj_description(attrelid, 'pg_class') = ${markOf(orchestratorSchema)}`.execute(
    kysely,
  );
  if (rows.length === 0) return false;
  const version = await versionOf(database);
  if (version !== undefined && version > OWN_VERSION) throw new OwnSchemaVersionError(database, version);
  return version === OWN_VERSION;
}

async function versionOf({ kysely, ownSchema }: AnalyzerDatabase): Promise<number | undefined> {
  const { rows } = await sql<{ version: number }>`
    select own_version as version from ${sql.table(`${ownSchema}.log_position`)}`.execute(kysely);
  return rows[0]?.version;
}

/** The own tables are of a later version of this program, which keeps other things in them. */
export class OwnSchemaVersionError extends Error {
  override readonly name = 'OwnSchemaVersionError';

  constructor({ ownSchema }: AnalyzerDatabase, version: number) {
    super(
      `the own tables in the schema ${ownSchema} are of version ${version}, and this program knows ${OWN_VERSION}. ` +
        'Run the newer program, or drop that schema: it is made again from the outbox.',
    );
  }
}

async function hasSchema(transaction: Transaction<OwnTables>, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select to_regnamespace(${quoted(name)}) is not null as found`.execute(transaction);
  return rows[0]?.found === true;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * What version 1 of the own tables lacked. Its position says nothing here: without a `log_order` reading starts over,
 * and the merges that it counted are known.
 */
const POSITION_COLUMNS = [
  'newest_event_id text',
  'revision bigint not null default 0',
  'log_order text',
  `read_id bigint not null default ${BEFORE_EVERY_ID}`,
  'seen_xid bigint',
  'outbox_file bigint',
  'noted_id bigint',
  'noted_writers text[]',
  `own_version integer not null default ${OWN_VERSION}`,
];

async function createTables(kysely: Kysely<OwnTables>, ownSchema: string): Promise<void> {
  const table = (name: keyof OwnTables) => sql.table(`${ownSchema}.${name}`);
  const statements = [
    sql`create table if not exists ${table('log_position')} (
      singleton boolean primary key default true check (singleton),
      merges bigint not null default 0,
      newest_created_at timestamptz,
      newest_event_id text,
      written_xid bigint not null,
      after_xid bigint not null default 0,
      after_created_at timestamptz not null default 'infinity',
      after_id text)`,
    ...POSITION_COLUMNS.map(
      (column) => sql`alter table ${table('log_position')} add column if not exists ${sql.raw(column)}`,
    ),
    // Version 1 skipped ids by these: what it noted there means something else now, and it must not go on beside us.
    ...['scan_after_id', 'next_scan_after_id', 'next_scan_xmax', 'next_scan_writers'].map(
      (column) => sql`alter table ${table('log_position')} drop column if exists ${sql.ref(column)}`,
    ),
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
