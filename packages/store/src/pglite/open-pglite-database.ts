import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Connection, Database, QueryResult } from '../database.ts';
import { lockDirectory, reservePlace } from '../directory-lock/directory-lock.ts';
import { appendColumns } from '../postgresql/append-columns.ts';
import type { Listener, Subscription } from '../postgresql/listener.ts';
import { SESSION_SETTINGS } from '../session-settings.ts';
import { createTurns } from '../turns.ts';
import { ensurePgliteDirectory, isDiskFull, PgliteDirectoryError, placeOf } from './pglite-directory.ts';

/** Where the embedded database is. */
export interface PgliteDatabaseOptions {
  /**
   * A directory, or an instance that the program uses already. PGlite is a whole PostgreSQL inside the process,
   * so one at a time may have a directory open: see {@link DirectoryInUse}. @default in memory, gone with the process
   */
  readonly pglite?: string | PGlite;
  /**
   * Runs in a directory's database that is made now, before that is in its place: whoever finds the directory finds
   * this done. @default nothing
   */
  readonly prepare?: (pglite: PGlite) => Promise<void>;
  /** Where the tables are. @default the search path */
  readonly schema?: string;
  /** How long a caller waits for the connection. @default 10000 */
  readonly waitMs?: number;
}

/** The embedded database. */
export interface PgliteDatabase extends Database {
  /** The instance; opened by whoever asks first. */
  readonly instance: () => Promise<PGlite>;
  /** Listens on a channel until the subscription is stopped. */
  listen(channel: string, listener: Listener): Promise<Subscription>;
}

const WAIT_MS = 10_000;

/**
 * Opens the embedded database with the first query, which rejects with {@link DirectoryInUse} when another
 * program has the directory open, and with {@link PgliteDirectoryError} when no database can be there. A directory
 * that is not there, or empty, gets one; killed meanwhile, it is as before. An instance that was handed in is left
 * open by `close()`: it is its owner's.
 *
 * @example
 * ```ts
 * import { openPgliteDatabase } from '@ephemetry/store/pglite';
 *
 * const database = openPgliteDatabase({ pglite: './merges' });
 * await database.close();
 * ```
 */
export function openPgliteDatabase(options: PgliteDatabaseOptions = {}): PgliteDatabase {
  const { schema, waitMs = WAIT_MS } = options;
  const turns = createTurns();
  let opening: Promise<OpenPglite> | undefined;
  const instance = async (): Promise<PGlite> => {
    opening ??= openInstance(options);
    try {
      return (await opening).pglite;
    } catch (error) {
      opening = undefined; // The next query tries again: whoever had the directory may have ended.
      throw error;
    }
  };
  return {
    engine: 'pglite',
    schema,
    waitMs,
    instance,
    acquire: async () => connectionOf(await instance(), schema, await turns.take(waitMs)),
    listen: async (channel, { onNotification }) => ({
      isHeard: true,
      stop: await (await instance()).listen(`"${channel.replaceAll('"', '""')}"`, onNotification),
    }),
    close: async () => {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

function connectionOf(pglite: PGlite, schema: string | undefined, release: () => void): Connection {
  const connection: Connection = {
    query: async <Row>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> => {
      const { rows, affectedRows } = await pglite.query<Row>(text, [...parameters], {
        parsers: NUMERIC_AS_NUMBER,
      });
      return { rows, affectedRows };
    },
    script: async (text) => void (await pglite.exec(text)),
    append: (table, columns) => appendColumns(connection, schema, table, columns),
    release,
  };
  return connection;
}

/** What `sum` gives, as the other engines give it. `bigint` is a number already. */
const NUMERIC_AS_NUMBER: Readonly<Record<number, (text: string) => number>> = { 1700: Number };

/** An instance, and how it ends. */
interface OpenPglite {
  readonly pglite: PGlite;
  readonly close: () => Promise<void>;
}

async function openInstance(options: PgliteDatabaseOptions): Promise<OpenPglite> {
  const { pglite: given } = options;
  if (given instanceof PGlite) return { pglite: given, close: async () => {} };
  const directory = directoryOf(given);
  if (directory !== undefined) return await openDirectory(directory, options);
  const pglite = await PGlite.create(given);
  return { pglite, close: () => closeOnce(pglite) };
}

/** Reserved from before it is there; locked as soon as it is, and before PGlite looks at it. */
async function openDirectory(directory: string, options: PgliteDatabaseOptions): Promise<OpenPglite> {
  const place = placeOf(directory);
  const taken = [await reservePlace(place)];
  const giveBack = async (): Promise<void> => {
    for (const unlock of taken.splice(0).reverse()) await unlock();
  };
  try {
    await ensurePgliteDirectory(place, (staging) => makeDatabase(staging, options)).catch(
      (error: unknown) => {
        if (!isDiskFull(error)) throw error;
        throw new PgliteDirectoryError(place, `cannot be made: ${DISK_FULL}`, { cause: error });
      },
    );
    const lock = await lockDirectory(place, 'PGlite');
    taken.push(lock.unlock);
    const pglite = await openWhole(place).catch((error: unknown) => {
      lock.leaveNoTrace();
      throw error;
    });
    return {
      pglite,
      close: async () => {
        await closeOnce(pglite);
        await giveBack();
      },
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function makeDatabase(directory: string, { prepare }: PgliteDatabaseOptions): Promise<void> {
  const pglite = await PGlite.create(directory);
  try {
    await prepare?.(pglite);
  } finally {
    await pglite.close();
  }
}

/** What an empty database takes, and how much its log may grow before it is used again. */
const DISK_FULL =
  'the disk is full. An empty database of PGlite takes 40 MiB, and one that is in use 64 MiB more for its log.';

async function openWhole(directory: string): Promise<PGlite> {
  try {
    const pglite = await PGlite.create(directory);
    for (const [name, value] of Object.entries(SESSION_SETTINGS))
      await pglite.exec(`set ${name} = '${value}'`);
    return pglite;
  } catch (error) {
    const version = readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim();
    if (isDiskFull(error)) {
      throw new PgliteDirectoryError(directory, `cannot be opened: ${DISK_FULL}`, { cause: error });
    }
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
