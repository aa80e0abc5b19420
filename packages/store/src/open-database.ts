/** The one door: a place and the tables that are wanted in, an open database or the reason why not out. */
import type { Database, Engine } from './database.ts';
import { describeFault } from './describe-fault.ts';
import { migrate } from './migrations/migrate.ts';
import type { Migration } from './migrations/migration.ts';
import { hasPgliteDatabase } from './pglite/pglite-directory.ts';
import { type DirectoryEngine, type Place, parsePlace } from './place.ts';
import { type Refusal, Refused } from './refusal.ts';
import { loadSqlite, type SqliteModule } from './sqlite/load-sqlite.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';
import { prepareSqliteFile } from './sqlite/sqlite-file.ts';

/** What is wanted. */
export interface OpenOptions {
  /**
   * What the tables are of, in lower-case letters, digits and `_`: the file `NAME.sqlite` of a directory, and the schema
   * `ephemetry_NAME` of PostgreSQL.
   */
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Of the program, for whoever reads what ran. */
  readonly version: string;
  /** Whether a database that is not there is made. @default true */
  readonly mayCreate?: boolean;
  /** What a directory without a scheme means. @default 'sqlite' */
  readonly directoryEngine?: DirectoryEngine;
  /** Those that the migrations and the program's questions are written for. @default all but DuckDB */
  readonly engines?: readonly Engine[];
  /** The schema of PostgreSQL. @default `ephemetry_${name}` */
  readonly schema?: string;
  /** How long to wait for another writer, and for a connection. @default 10000 */
  readonly waitMs?: number;
  /** How long to wait for whoever has a directory of DuckDB. @default waitMs */
  readonly lockWaitMs?: number;
  /** Directories that SQL of DuckDB may write files to. @default none */
  readonly reachable?: readonly string[];
  /** Finds Node's SQLite. @default loads `node:sqlite` */
  readonly findSqlite?: () => SqliteModule | undefined;
}

/** An open database with the tables of this version, or why there is none. */
export type Opened = { readonly kind: 'open'; readonly database: Database; readonly shown: string } | Refusal;

const WAIT_MS = 10_000;

/**
 * Opens a database by its place (`postgres://…`, `sqlite:FILE`, `pglite:DIRECTORY`, `duckdb:DIRECTORY`, or a
 * directory), and brings its tables to the version that the program knows. Programs that start at once wait for each other.
 *
 * @throws RangeError for a name or migrations that are a mistake of the program; whatever a migration's SQL throws.
 * @example
 * ```ts
 * import { openDatabase } from '@ephemetry/store';
 *
 * const migrations = [{ number: 1, name: 'runs', sql: 'create table run (id text primary key)' }];
 * const opened = await openDatabase('./history', { name: 'tests', migrations, version: '1.0.0' });
 * if (opened.kind === 'open') await opened.database.close();
 * else console.error(opened.message);
 * ```
 */
export async function openDatabase(place: string, options: OpenOptions): Promise<Opened> {
  const { name, migrations, version } = options;
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) {
    throw new RangeError(
      `the name of a store must match [a-z][a-z0-9_]{0,40}, but is ${JSON.stringify(name)}`,
    );
  }
  const parsed = parsePlace(place, options);
  if (!('shown' in parsed)) return parsed;
  const { shown } = parsed;
  let database: Database | undefined;
  try {
    database = await openPlace(parsed, options);
    await migrate(database, { migrations, version, shown });
    return { kind: 'open', database, shown };
  } catch (error) {
    await database?.close();
    const refusal = describeFault(error, shown);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

async function openPlace(place: Place, options: OpenOptions): Promise<Database> {
  const { waitMs = WAIT_MS, mayCreate = true } = options;
  switch (place.kind) {
    case 'postgresql': {
      const { openPostgresqlDatabase } = await loadDriver(
        'pg',
        () => import('./postgresql/open-postgresql-database.ts'),
      );
      const { name, schema = `ephemetry_${name}` } = options;
      const applicationName = `ephemetry-${name}`;
      return openPostgresqlDatabase({
        url: place.url,
        schema,
        applicationName,
        waitMs,
        connectTimeoutMs: waitMs,
      });
    }
    case 'sqlite': {
      const sqlite = (options.findSqlite ?? loadSqlite)();
      if (sqlite === undefined) throw new Refused(NO_SQLITE);
      const file = prepareSqliteFile(place.file, mayCreate);
      if (file.kind !== 'file') throw new Refused(file);
      return await openSqlite(sqlite, { path: file.path, waitMs });
    }
    case 'pglite':
      return await openEmbedded(place.directory, options);
    case 'duckdb': {
      const { openDuckdbDatabase } = await loadDriver(
        '@duckdb/node-api',
        () => import('./duckdb/open-duckdb-database.ts'),
      );
      const { name, lockWaitMs = waitMs, reachable = [] } = options;
      return await openDuckdbDatabase({
        directory: place.directory,
        name,
        mayCreate,
        waitMs,
        lockWaitMs,
        reachable,
      });
    }
  }
}

async function openEmbedded(directory: string, options: OpenOptions): Promise<Database> {
  const { name, schema = `ephemetry_${name}`, waitMs = WAIT_MS, mayCreate = true } = options;
  if (!mayCreate && !hasPgliteDatabase(directory)) {
    throw new Refused({ kind: 'missing', message: `there is no database at ${directory}` });
  }
  const { openPgliteDatabase } = await loadDriver(
    '@electric-sql/pglite',
    () => import('./pglite/open-pglite-database.ts'),
  );
  return openPgliteDatabase({ pglite: directory, schema, waitMs });
}

const NO_SQLITE: Refusal = {
  kind: 'unsupported',
  message:
    `a database in a file needs node:sqlite, which Node has from 22.16 on; this is ${process.version}. ` +
    'Use a newer Node, or give a server: postgres://user@host:port/database.',
};

/** Drivers are installed by whoever needs them. */
async function loadDriver<Module>(packageName: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const isMissing =
      error instanceof Error &&
      'code' in error &&
      error.code === 'ERR_MODULE_NOT_FOUND' &&
      error.message.includes(`'${packageName}'`);
    if (!isMissing) throw error;
    const message = `this needs the package ${packageName}, which is not installed beside this program. Install it: npm install ${packageName}`;
    throw new Refused({ kind: 'missing-package', packageName, message });
  }
}
