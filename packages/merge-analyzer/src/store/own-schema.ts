/**
 * Makes the analyzer's own tables, in a schema of their own, and brings those of an earlier version to this one. Nothing of
 * the orchestrator's is altered: no column, index, trigger or constraint is added to its tables.
 */
import {
  type MigratedPlace,
  type MigrateOptions,
  migrateWithin,
  newestMigration,
  Refused,
} from '@ephemetry/store';
import { sessionWithin } from '@ephemetry/store/kysely';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import { VERSION } from '../generated/version.ts';
import { OWN_MIGRATIONS } from './own-migrations.ts';

/** Any number; all analyzers use the same, so that two own schemas of one outbox are not made at once. */
const SCHEMA_LOCK = 7_236_418_205;

/** How long an analyzer waits for another one that makes the tables: it may go through a long outbox. */
const WAIT_MS = 600_000;

/**
 * Makes what is not there yet, and runs `onCreated` in the same transaction the first time.
 * Two analyzers that start at once wait for each other.
 *
 * @throws OwnSchemaVersionError for tables of a later version; OtherOutboxError for those of another outbox;
 *   OtherOwnSchemaError when this outbox has others.
 */
export async function ensureOwnSchema(
  database: AnalyzerDatabase,
  onCreated: (transaction: Transaction<OwnTables>) => Promise<void>,
): Promise<void> {
  const { kysely, ownSchema } = database;
  if (await hasOwnSchema(database)) return;
  // Whatever the role has for a default: in another one the wait for others is the moment whose rows are seen.
  const committed = kysely.transaction().setIsolationLevel('read committed');
  await committed.execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK}::bigint)`.execute(transaction);
    await inOwnWords(() =>
      migrateWithin(sessionWithin(transaction), placeOf(database), migrateOptions(database)),
    );
    await assertOnlyOne(transaction, database);
    await assertSameOutbox(transaction, database);
    const mark = sql.lit(markOf(database.orchestratorSchema));
    await sql`comment on table ${sql.table(`${ownSchema}.log_position`)} is ${mark}`.execute(transaction);
    const created = await sql`
      insert into ${sql.table(`${ownSchema}.log_position`)} (written_xid)
      values (pg_current_xact_id()::text::bigint) on conflict do nothing returning 1`.execute(transaction);
    if (created.rows.length > 0) await onCreated(transaction);
  });
}

function placeOf({ engine, ownSchema }: AnalyzerDatabase): MigratedPlace {
  return { engine, schema: ownSchema, waitMs: WAIT_MS };
}

function migrateOptions({ ownSchema }: AnalyzerDatabase): MigrateOptions {
  return { migrations: OWN_MIGRATIONS, version: VERSION, shown: `the schema ${ownSchema}` };
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

/** The own tables are those of another outbox: its merges and these would be counted together. */
export class OtherOutboxError extends Error {
  override readonly name = 'OtherOutboxError';
  /** The outbox that they are of, with its schema. */
  readonly otherOutbox: string;

  constructor({ orchestratorSchema, ownSchema }: AnalyzerDatabase, otherOutbox: string) {
    super(
      `the own tables in the schema ${ownSchema} are those of ${otherOutbox}, and ${orchestratorSchema}.events_outbox is ` +
        'another outbox. Name another schema for its own tables (--own-schema, ownSchema).',
    );
    this.otherOutbox = otherOutbox;
  }
}

/** A mark of an outbox that is not there any more says nothing: its schema was renamed, or dropped. */
async function assertSameOutbox(kysely: Kysely<OwnTables>, database: AnalyzerDatabase): Promise<void> {
  const { orchestratorSchema, ownSchema } = database;
  const { rows } = await sql<{ outbox: string }>`
    select format('%s.events_outbox', n.nspname) as outbox
    from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relname = 'events_outbox'
    where n.nspname <> ${orchestratorSchema}
      and obj_description(to_regclass(${`${quoted(ownSchema)}.log_position`}), 'pg_class')
        = format(${markOf('%s')}, n.nspname)`.execute(kysely);
  const [other] = rows;
  if (other !== undefined) throw new OtherOutboxError(database, other.outbox);
}

/**
 * Whether the tables are there as this version makes them, for this outbox.
 *
 * @throws OwnSchemaVersionError when a later version made them; OtherOutboxError when they are of another outbox.
 */
export async function hasOwnSchema(database: AnalyzerDatabase): Promise<boolean> {
  const { kysely, ownSchema, orchestratorSchema } = database;
  const { rows } = await sql<{ mark: string | null; has_steps: boolean }>`
    select obj_description(c.oid, 'pg_class') as mark,
      to_regclass(${`${quoted(ownSchema)}.migration`}) is not null as has_steps
    from pg_class c where c.oid = to_regclass(${`${quoted(ownSchema)}.log_position`})`.execute(kysely);
  const [tables] = rows;
  if (tables === undefined) return false;
  if (tables.mark !== markOf(orchestratorSchema)) await assertSameOutbox(kysely, database);
  if (!tables.has_steps) return false;
  const newest = await inOwnWords(() =>
    kysely
      .transaction()
      .setAccessMode('read only')
      .execute((transaction) =>
        newestMigration(sessionWithin(transaction), placeOf(database), migrateOptions(database)),
      ),
  );
  return newest === OWN_MIGRATIONS.length && tables.mark === markOf(orchestratorSchema);
}

/** The own tables are of a later version of this program, which keeps other things in them. */
export class OwnSchemaVersionError extends Error {
  override readonly name = 'OwnSchemaVersionError';

  constructor(message: string) {
    super(`${message} Or drop that schema: it is made again from the outbox.`);
  }
}

async function inOwnWords<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused && error.refusal.kind === 'newer-schema') {
      throw new OwnSchemaVersionError(error.message);
    }
    throw error;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
