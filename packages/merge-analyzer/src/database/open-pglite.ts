import type { PGlite } from '@electric-sql/pglite';
import { openPgliteDatabase } from '@ephemetry/store/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import type { OwnTables } from './own-tables.ts';

/** Where the embedded database is. */
export interface PgliteOptions extends SchemaNames {
  /**
   * A directory, or an instance that the program uses already. PGlite is a whole PostgreSQL inside the process,
   * so one at a time may have a directory open: see {@link DirectoryInUse}. @default in memory, gone with the process
   */
  readonly pglite?: string | PGlite;
  /**
   * Runs in a directory's database that is made now, before that is in its place: whoever finds the directory finds
   * this done. @default nothing
   */
  readonly prepare?: (database: AnalyzerDatabase) => Promise<void>;
}

/**
 * Opens the embedded database with the first query, which rejects with {@link DirectoryInUse} when another
 * program has the directory open, and with {@link PgliteDirectoryError} when no database can be there. A directory
 * that is not there, or empty, gets one; killed meanwhile, it is as before. An instance that was handed in is left
 * open by `close()`: it is its owner's.
 *
 * @example
 * ```ts
 * const database = openPglite({ pglite: 'merges' });
 * await database.close();
 * ```
 */
export function openPglite(options: PgliteOptions = {}): AnalyzerDatabase {
  const { pglite, prepare } = options;
  const names = schemaNames(options);
  const embedded = openPgliteDatabase({
    ...(pglite === undefined ? {} : { pglite }),
    ...(prepare === undefined ? {} : { prepare: (made) => prepare(openPglite({ ...names, pglite: made })) }),
  });
  return {
    engine: 'pglite',
    // Kysely's own dialect waits for its one connection as long as a catch-up takes.
    kysely: new Kysely<OwnTables>({ dialect: new PGliteDialect({ pglite: embedded.instance }) }),
    ...names,
    listen: embedded.listen,
    cutConnections: () => {},
    close: embedded.close,
  };
}
