import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import { lockDirectory } from './directory-lock.ts';
import type { OwnTables } from './own-tables.ts';

/** Where the embedded database is. */
export interface PgliteOptions extends SchemaNames {
  /**
   * A directory, or an instance that the program uses already. PGlite is a whole PostgreSQL inside the process,
   * so one at a time may have a directory open: see {@link DirectoryInUse}. @default in memory, gone with the process
   */
  readonly pglite?: string | PGlite;
}

/** An instance, and how it ends. */
interface OpenPglite {
  readonly pglite: PGlite;
  readonly close: () => Promise<void>;
}

/**
 * Opens the embedded database with the first query, which rejects with {@link DirectoryInUse} when another
 * program has the directory open. An instance that was handed in is left open by `close()`: it is its owner's.
 *
 * @example
 * ```ts
 * const database = openPglite({ pglite: 'merges' });
 * await database.close();
 * ```
 */
export function openPglite(options: PgliteOptions = {}): AnalyzerDatabase {
  let opening: Promise<OpenPglite> | undefined;
  const open = async (): Promise<PGlite> => {
    opening ??= openInstance(options.pglite);
    try {
      return (await opening).pglite;
    } catch (error) {
      opening = undefined; // The next query tries again: whoever had the directory may have ended.
      throw error;
    }
  };
  const kysely = new Kysely<OwnTables>({ dialect: new PGliteDialect({ pglite: open }) });
  return {
    engine: 'pglite',
    kysely,
    ...schemaNames(options),
    listen: async (channel, { onNotification }) => ({
      isHeard: true,
      stop: await (await open()).listen(`"${channel.replaceAll('"', '""')}"`, onNotification),
    }),
    cutConnections: () => {},
    close: async () => {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

async function openInstance(given: string | PGlite | undefined): Promise<OpenPglite> {
  if (given instanceof PGlite) return { pglite: given, close: async () => {} };
  const directory = directoryOf(given);
  const unlock = directory === undefined ? async () => {} : await lockDirectory(directory);
  try {
    const pglite = await PGlite.create(given);
    return {
      pglite,
      close: async () => {
        if (!pglite.closed) await pglite.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** PGlite takes a name without a scheme for a directory, and `file://` for a prefix, not for a URL. */
function directoryOf(given: string | undefined): string | undefined {
  const path = given?.replace(/^file:\/\//, '') ?? '';
  return path === '' || path.includes('://') ? undefined : path;
}
