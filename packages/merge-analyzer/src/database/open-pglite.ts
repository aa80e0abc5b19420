import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { SESSION_SETTINGS } from '@ephemetry/store';
import { Kysely, PGliteDialect } from 'kysely';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import { lockDirectory } from './directory-lock.ts';
import type { OwnTables } from './own-tables.ts';
import { ensurePgliteDirectory, PgliteDirectoryError, placeOf } from './pglite-directory.ts';

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

/** An instance, and how it ends. */
interface OpenPglite {
  readonly pglite: PGlite;
  readonly close: () => Promise<void>;
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
  let opening: Promise<OpenPglite> | undefined;
  const open = async (): Promise<PGlite> => {
    opening ??= openInstance(options);
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

async function openInstance(options: PgliteOptions): Promise<OpenPglite> {
  const { pglite: given } = options;
  if (given instanceof PGlite) return { pglite: given, close: async () => {} };
  const directory = directoryOf(given);
  if (directory !== undefined) return await openDirectory(directory, options);
  const pglite = await PGlite.create(given);
  return { pglite, close: () => closeOnce(pglite) };
}

async function openDirectory(directory: string, options: PgliteOptions): Promise<OpenPglite> {
  const place = placeOf(directory);
  const unlock = await lockDirectory(place);
  try {
    await ensurePgliteDirectory(place, (staging) => makeDatabase(staging, options));
    const pglite = await openWhole(place);
    return {
      pglite,
      close: async () => {
        await closeOnce(pglite);
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function makeDatabase(directory: string, { prepare, ...names }: PgliteOptions): Promise<void> {
  const pglite = await PGlite.create(directory);
  try {
    await prepare?.(openPglite({ ...names, pglite }));
  } finally {
    await pglite.close();
  }
}

async function openWhole(directory: string): Promise<PGlite> {
  try {
    const pglite = await PGlite.create(directory);
    for (const [name, value] of Object.entries(SESSION_SETTINGS))
      await pglite.exec(`set ${name} = '${value}'`);
    return pglite;
  } catch (error) {
    const version = readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim();
    const reason = `cannot be opened by PGlite; its files are of PostgreSQL ${version}`;
    throw new PgliteDirectoryError(directory, `${reason} (${error})`, { cause: error });
  }
}

async function closeOnce(pglite: PGlite): Promise<void> {
  if (!pglite.closed) await pglite.close();
}

/** PGlite takes a name without a scheme for a directory, and `file://` for a prefix, not for a URL. */
function directoryOf(given: string | undefined): string | undefined {
  const path = given?.replace(/^file:\/\//, '') ?? '';
  return path === '' || path.includes('://') ? undefined : path;
}
