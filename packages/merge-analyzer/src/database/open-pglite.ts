import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import type { OwnTables } from './own-tables.ts';

/** Where the embedded database is. */
export interface PgliteOptions extends SchemaNames {
  /**
   * A directory, or an instance that the program uses already. One process at a time may have a directory
   * open: PGlite is a whole PostgreSQL inside the process. @default in memory, gone with the process
   */
  readonly pglite?: string | PGlite;
}

/**
 * Opens the embedded database. An instance that was handed in is left open by `close()`: it is its owner's.
 *
 * @example
 * ```ts
 * const database = openPglite({ pglite: 'merges' });
 * await database.close();
 * ```
 */
export function openPglite(options: PgliteOptions = {}): AnalyzerDatabase {
  const given = options.pglite;
  const pglite = given instanceof PGlite ? given : new PGlite(given);
  const kysely = new Kysely<OwnTables>({ dialect: new PGliteDialect({ pglite }) });
  return {
    engine: 'pglite',
    kysely,
    ...schemaNames(options),
    listen: (channel, { onNotification }) =>
      pglite.listen(`"${channel.replaceAll('"', '""')}"`, onNotification),
    close: async () => {
      if (given instanceof PGlite || pglite.closed) return;
      await pglite.close();
    },
  };
}
