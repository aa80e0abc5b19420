/**
 * Brings tables to the version that a program knows. What ran, when and by whom stands in the table `migration`:
 *
 *     nothing ─▶ 1 ─▶ 2 ─▶ … known          each step a transaction of its own: killed, it has not begun
 *                      │
 *                      └ a second program that starts meanwhile waits, then finds it done
 *
 * @see https://github.com/graphile/worker/blob/main/src/migrate.ts for the idea
 */
import type { Database, Session } from '../database.ts';
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

/** Whatever is next by then: somebody else may have run it. */
async function runNext(database: Database, options: MigrateOptions): Promise<void> {
  await inTransaction(database, async (session) => {
    for (const statement of waitForWriters(database)) await session.query(statement);
    await makeTable(session, database);
    const ran = await ranIn(session, database);
    assertKnown(ran, options);
    const migration = options.migrations[ran.length];
    if (migration === undefined) return;
    if (database.schema !== undefined)
      await session.query(`set local search_path to ${quoted(database.schema)}`);
    await session.script(sqlFor(database, migration));
    await note(session, database, migration, options);
  });
}

function sqlFor({ engine }: Database, { sql }: Migration): string {
  if (typeof sql === 'string') return sql;
  return engine === 'sqlite' ? sql.sqlite : sql.postgresql;
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

async function hasTable(session: Session, database: Database): Promise<boolean> {
  const question =
    database.engine === 'sqlite'
      ? `select 1 from sqlite_schema where type = 'table' and name = 'migration'`
      : `select 1 from pg_class where oid = to_regclass('${tableOf(database).replaceAll("'", "''")}')`;
  return (await session.query(question)).rows.length > 0;
}

async function ranIn(session: Session, database: Database): Promise<readonly Ran[]> {
  const { rows } = await session.query<Ran>(
    `select number, name, version from ${tableOf(database)} order by number`,
  );
  return rows;
}

async function makeTable(session: Session, database: Database): Promise<void> {
  if (await hasTable(session, database)) return;
  const { schema } = database;
  if (schema !== undefined) {
    // Asked first: IF NOT EXISTS needs the right to make one, which the owner of one schema does not have.
    const { rows } = await session.query(`select 1 from pg_namespace where nspname = $1`, [schema]);
    if (rows.length === 0) await session.query(`create schema ${quoted(schema)}`);
  }
  await session.query(`create table ${tableOf(database)} (
    number integer primary key, name text not null, version text not null, ran_at text not null)`);
}

async function note(
  session: Session,
  database: Database,
  { number, name }: Migration,
  { version, now = Date.now }: MigrateOptions,
): Promise<void> {
  const values = [number, name, version, new Date(now()).toISOString()];
  const places = values.map((_, index) => (database.engine === 'sqlite' ? '?' : `$${index + 1}`));
  await session.query(
    `insert into ${tableOf(database)} (number, name, version, ran_at) values (${places.join(', ')})`,
    values,
  );
}

function tableOf({ schema }: Database): string {
  return schema === undefined ? 'migration' : `${quoted(schema)}.migration`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
