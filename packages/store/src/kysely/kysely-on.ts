/** One set of queries for every engine: Kysely over an open database. */
import {
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Database } from '../database.ts';
import { RawTablesPlugin } from './raw-tables.ts';
import { SessionDriver } from './session-driver.ts';

/**
 * Builds queries for an open database. Tables without a schema are those of the database's schema,
 * in raw SQL when they are named by `sql.table('run')`. `destroy()` closes the database.
 *
 * What gives the same on both PostgreSQL and SQLite: `integer`, `bigint`, `double precision`, `text`, `blob` and
 * `bytea`, `check`, `references`, `insert … on conflict`, `returning`, common table expressions and window functions.
 * Keep truths as integers and times as text or milliseconds: SQLite has neither type.
 *
 * @example
 * ```ts
 * import { openDatabase } from '@ephemetry/store';
 * import { kyselyOn } from '@ephemetry/store/kysely';
 *
 * const migrations = [{ number: 1, name: 'runs', sql: 'create table run (id text primary key, tests integer not null)' }];
 * const opened = await openDatabase('./history', { name: 'tests', migrations, version: '1.0.0' });
 * if (opened.kind !== 'open') throw new Error(opened.message);
 * const kysely = kyselyOn<{ run: { id: string; tests: number } }>(opened.database);
 * await kysely.insertInto('run').values({ id: 'a', tests: 3 }).onConflict((conflict) => conflict.doNothing()).execute();
 * await kysely.destroy();
 * ```
 */
export function kyselyOn<Tables>(database: Database): Kysely<Tables> {
  const kysely = new Kysely<Tables>({ dialect: dialectOf(database) });
  const { schema } = database;
  return schema === undefined ? kysely : kysely.withSchema(schema).withPlugin(new RawTablesPlugin(schema));
}

function dialectOf(database: Database): Dialect {
  const createDriver = (): SessionDriver => new SessionDriver(database);
  if (database.engine === 'sqlite') {
    return {
      createDriver,
      createAdapter: () => new TurnTakingSqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    };
  }
  return {
    createDriver,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  };
}

/** The database itself lets one at a time have its connection, with a deadline that Kysely's own lock does not have. */
class TurnTakingSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
