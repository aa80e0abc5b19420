/**
 * Brings tables to the version that a program knows. What ran, when and by whom stands in the table `migration`:
 *
 *     nothing ─▶ 1 ─▶ 2 ─▶ … known          each step a transaction of its own: killed, it has not begun
 *                      │
 *                      └ a second program that starts meanwhile waits, then finds it done
 *
 * @see https://github.com/graphile/worker/blob/main/src/migrate.ts for the idea
 */
import type { Database, Statements } from '../database.ts';
import { Refused } from '../refusal.ts';
import { inTransaction } from '../transaction.ts';
import { waitForWriters } from '../write-lock.ts';
import { assertNumbered, type Migration } from './migration.ts';

/** Whose tables, and what they are to be. */
export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  /** Of the program, as the table of what ran notes it. */
  readonly version: string;
  /** Where, in messages. */
  readonly shown: string;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * Runs what has not run yet.
 *
 * @throws Refused for tables of a later version, or of another program; nothing was changed then. RangeError when the
 *   migrations are not numbered one after another. The engine's error when a statement fails: its step was undone.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<void> {
  assertNumbered(options.migrations);
  const ran = await readRan(database);
  assertKnown(ran, options);
  for (let next = ran.length; next < options.migrations.length; next += 1) await runNext(database, options);
}

/** Where tables are, as far as migrating goes: an open database, or what a transaction of one is known by. */
export type MigratedPlace = Pick<Database, 'engine' | 'schema' | 'waitMs'>;

/**
 * Runs what has not run yet, all of it in a transaction of the caller's, which must be READ COMMITTED: whoever waited for
 * another program must see what that one did.
 *
 * @throws what {@link migrate} throws; then the transaction must be undone.
 */
export async function migrateWithin(
  session: Statements,
  place: MigratedPlace,
  options: MigrateOptions,
): Promise<void> {
  assertNumbered(options.migrations);
  for (const statement of waitForWriters(place)) await session.query(statement);
  await makeTable(session, place);
  const ran = await ranIn(session, place);
  assertKnown(ran, options);
  for (const migration of options.migrations.slice(ran.length))
    await runOne(session, place, migration, options);
}

/** How far tables are, and whether this program knows that: for whoever may not change them. */
export async function newestMigration(
  session: Statements,
  place: MigratedPlace,
  options: MigrateOptions,
): Promise<number> {
  const ran = (await hasTable(session, place)) ? await ranIn(session, place) : [];
  assertKnown(ran, options);
  return ran.at(-1)?.number ?? 0;
}

/** Whatever is next by then: somebody else may have run it. */
async function runNext(database: Database, options: MigrateOptions): Promise<void> {
  await inTransaction(database, async (session) => {
    for (const statement of waitForWriters(database)) await session.query(statement);
    await makeTable(session, database);
    const ran = await ranIn(session, database);
    assertKnown(ran, options);
    const migration = options.migrations[ran.length];
    if (migration !== undefined) await runOne(session, database, migration, options);
  });
}

/** In the schema of the tables, whatever the role's search path is; that is as it was afterwards. */
async function runOne(
  session: Statements,
  place: MigratedPlace,
  migration: Migration,
  options: MigrateOptions,
): Promise<void> {
  const { schema } = place;
  if (schema === undefined) {
    await session.script(sqlFor(place, migration));
  } else {
    const { rows } = await session.query<{ path: string }>(
      `select current_setting('search_path') as path, set_config('search_path', $1, true)`,
      [quoted(schema)],
    );
    await session.script(sqlFor(place, migration));
    await session.query(`select set_config('search_path', $1, true)`, [rows[0]?.path ?? '']);
  }
  await note(session, place, migration, options);
}

function sqlFor({ engine }: MigratedPlace, { number, sql }: Migration): string {
  if (typeof sql === 'string') return sql;
  const own = sql[engine === 'pglite' ? 'postgresql' : engine];
  if (own === undefined) throw new RangeError(`migration ${number} has no statements for ${engine}`);
  return own;
}

/** A migration that ran. */
interface Ran {
  readonly number: number;
  readonly name: string;
  readonly version: string;
}

function assertKnown(ran: readonly Ran[], { migrations, shown }: MigrateOptions): void {
  const newest = ran.at(-1);
  if (newest === undefined) return;
  const known = migrations.length;
  if (newest.number > known) {
    const message =
      `the tables in ${shown} are of version ${newest.number}, made by version ${newest.version} of the program, and ` +
      `this program knows ${known}. Run the newer program, or name another place.`;
    throw new Refused({ kind: 'newer-schema', found: newest.number, known, message });
  }
  const other = ran.find(({ name }, index) => name !== migrations[index]?.name);
  if (other === undefined) return;
  const expected = migrations[other.number - 1]?.name ?? '';
  const message = `the tables in ${shown} are of another program: their step ${other.number} is "${other.name}", and here it is "${expected}". Name another place.`;
  throw new Refused({ kind: 'other-schema', message });
}

async function readRan(database: Database): Promise<readonly Ran[]> {
  const connection = await database.acquire();
  try {
    return (await hasTable(connection, database)) ? await ranIn(connection, database) : [];
  } finally {
    connection.release();
  }
}

async function hasTable(session: Statements, place: MigratedPlace): Promise<boolean> {
  return (await session.query(tableQuestion(place))).rows.length > 0;
}

function tableQuestion(place: MigratedPlace): string {
  switch (place.engine) {
    case 'sqlite':
      return `select 1 from sqlite_schema where type = 'table' and name = 'migration'`;
    case 'duckdb':
      return `select 1 from duckdb_tables() where table_name = 'migration'`;
    default:
      return `select 1 from pg_class where oid = to_regclass('${tableOf(place).replaceAll("'", "''")}')`;
  }
}

async function ranIn(session: Statements, place: MigratedPlace): Promise<readonly Ran[]> {
  const { rows } = await session.query<Ran>(
    `select number, name, version from ${tableOf(place)} order by number`,
  );
  return rows;
}

async function makeTable(session: Statements, place: MigratedPlace): Promise<void> {
  if (await hasTable(session, place)) return;
  const { schema } = place;
  if (schema !== undefined) {
    // Asked first: IF NOT EXISTS needs the right to make one, which the owner of one schema does not have.
    const { rows } = await session.query(`select 1 from pg_namespace where nspname = $1`, [schema]);
    if (rows.length === 0) await session.query(`create schema ${quoted(schema)}`);
  }
  await session.query(`create table ${tableOf(place)} (
    number integer primary key, name text not null, version text not null, ran_at text not null)`);
}

async function note(
  session: Statements,
  place: MigratedPlace,
  { number, name }: Migration,
  { version, now = Date.now }: MigrateOptions,
): Promise<void> {
  const values = [number, name, version, new Date(now()).toISOString()];
  const places = values.map((_, index) => (place.engine === 'sqlite' ? '?' : `$${index + 1}`));
  await session.query(
    `insert into ${tableOf(place)} (number, name, version, ran_at) values (${places.join(', ')})`,
    values,
  );
}

function tableOf({ schema }: MigratedPlace): string {
  return schema === undefined ? 'migration' : `${quoted(schema)}.migration`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
