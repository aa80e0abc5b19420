import { chmodSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Database } from '../database.ts';
import { DirectoryInUse, type DirectoryLock, lockDirectory } from '../directory-lock/directory-lock.ts';
import { Refused } from '../refusal.ts';
import { openTrustedDirectory } from '../sqlite/trusted-directory.ts';
import { createTurns } from '../turns.ts';
import { createDuckdbSession } from './duckdb-session.ts';

/** What is opened. */
export interface DuckdbOptions {
  /** Absolute. */
  readonly directory: string;
  /** The file in it: `NAME.duckdb`. */
  readonly name: string;
  /** Whether a database that is not there is made. */
  readonly mayCreate: boolean;
  readonly waitMs: number;
  /** How long to wait for whoever has the directory. */
  readonly lockWaitMs: number;
  /** Directories that SQL may write files to; it reaches no others. */
  readonly reachable: readonly string[];
}

/** A question that needs more memory than this goes on on the disk, beside the database. */
const MEMORY_LIMIT = '512MB';
/** More gain little for a million rows, and an embedded database is a guest. */
const THREADS_LIMIT = 4;
/** How often a lock is asked for. */
const RETRY_MS = 25;

/**
 * Opens DuckDB in a directory. One process at a time has it, and notes in it who that is. What was committed is on the disk.
 *
 * @throws Refused, DirectoryInUse, or the engine's error.
 */
export async function openDuckdbDatabase(options: DuckdbOptions): Promise<Database> {
  const directory = preparedDirectory(options);
  const deadline = performance.now() + options.lockWaitMs;
  for (;;) {
    try {
      return await openNow(directory, options);
    } catch (error) {
      if (!isTaken(error) || performance.now() >= deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}

/** Where there is no lock on a directory, as without `node:sqlite`, DuckDB's own lock on its file keeps others out. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof DirectoryInUse ||
    (error instanceof Error && error.message.startsWith('IO Error: Could not set lock on file'))
  );
}

async function openNow(directory: string, options: DuckdbOptions): Promise<Database> {
  const lock = await lockDirectory(directory, 'DuckDB');
  let instance: DuckDBInstance | undefined;
  try {
    const file = join(directory, `${options.name}.duckdb`);
    instance = await openInstance(file);
    chmodSync(file, 0o600);
    const connection = await instance.connect();
    await connection.run(confine(options.reachable));
    return databaseOn(instance, connection, lock, options.waitMs);
  } catch (error) {
    instance?.closeSync();
    await lock.unlock();
    throw error;
  }
}

function preparedDirectory({ directory, name, mayCreate }: DuckdbOptions): string {
  const opened = openTrustedDirectory(directory, mayCreate);
  const isMissing =
    opened.kind === 'missing' ||
    (opened.kind === 'trusted' && !mayCreate && !existsSync(join(opened.path, `${name}.duckdb`)));
  if (isMissing) throw new Refused({ kind: 'missing', message: `there is no database at ${directory}` });
  if (opened.kind === 'untrusted')
    throw new Refused({ kind: 'unsafe-path', message: `${directory} is not safe to use: ${opened.reason}.` });
  return opened.path;
}

function openInstance(file: string): Promise<DuckDBInstance> {
  return DuckDBInstance.create(file, {
    threads: String(Math.min(THREADS_LIMIT, availableParallelism())),
    memory_limit: MEMORY_LIMIT,
    // What older versions of DuckDB can read takes twice the space.
    storage_compatibility_version: 'latest',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

/** SQL that was made of hostile text reaches no file and loads no code. Nothing can be set any more after this. */
function confine(reachable: readonly string[]): string {
  const directories = reachable.map((each) => `'${each.replaceAll("'", "''")}'`).join(', ');
  return `set allowed_directories = [${directories}]; set enable_external_access = false; set lock_configuration = true`;
}

function databaseOn(
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  lock: DirectoryLock,
  waitMs: number,
): Database {
  const session = createDuckdbSession(connection);
  const turns = createTurns();
  let closing: Promise<void> | undefined;
  return {
    engine: 'duckdb',
    schema: undefined,
    waitMs,
    acquire: async () => ({ ...session, release: await turns.take(waitMs) }),
    close: () => {
      closing ??= (async () => {
        connection.closeSync();
        instance.closeSync();
        await lock.unlock();
      })();
      return closing;
    },
  };
}
