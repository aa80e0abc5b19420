/**
 * Keeps a second user out of the directory of an embedded database. PGlite itself lets one in to destroy the data; DuckDB
 * refuses it, and does not say who has the file. Both guards are the kernel's and end with their process, however that
 * ends: nothing stale is left, whatever process gets the same number next.
 *
 *     reservePlace     an abstract socket, of PGlite. Also while there is no directory yet; Linux, within one network namespace
 *     lockDirectory    a lock on a file in it. Across containers that share the volume, and off Linux; needs node:sqlite
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findSqlite, type SqliteModule } from '../sqlite/load-sqlite.ts';
import { makeLockFile } from './lock-file.ts';
import { describeHolder, noteHolder, readHolder } from './lock-holder.ts';

/** Gives back what was taken. */
export type Unlock = () => Promise<void>;

/** What has the database in a directory, as messages call it. */
export type EmbeddedEngine = 'PGlite' | 'DuckDB';

/** Somebody has the directory of an embedded database open. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly directory: string;

  constructor(directory: string, engine: EmbeddedEngine) {
    const holder = describeHolder(readHolder(directory));
    super(
      `${directory} is in use: another program, or this one, has the ${engine} database in it open${holder}, and ${engine} ` +
        'allows one at a time. Wait until it has ended, stop it, or use PostgreSQL.',
    );
    this.directory = directory;
  }
}

/**
 * Takes a directory, which need not be there yet.
 *
 * @param directory - absolute, links resolved: all who want it name it in the same way
 * @returns the way to give it back.
 * @throws DirectoryInUse
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export async function reservePlace(directory: string): Promise<Unlock> {
  if (process.platform !== 'linux') return async () => {};
  const id = createHash('sha256').update(directory).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((taken, refused) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      refused(error.code === 'EADDRINUSE' ? new DirectoryInUse(directory, 'PGlite') : error),
    );
    // Unreferenced: a program that forgets to close its database ends all the same.
    server.listen(`\0ephemetry-merges-${id}`, taken).unref();
  });
  return () => new Promise((given) => server.close(() => given()));
}

/** A lock on a directory. */
export interface DirectoryLock {
  readonly unlock: Unlock;
  /** Removes the lock's file if this lock made it: the directory turned out to be somebody else's. */
  leaveNoTrace(): void;
}

/** Of a directory that is there: its owner's lock, and beside it who that is. */
const LOCK_FILE = 'ephemetry.lock';

/** SQLite's code for a lock that somebody has. */
const SQLITE_BUSY = 5;

/**
 * Locks a directory that is there, and notes in it who has it. Where the file system has no locks, or Node no
 * `node:sqlite`, which is what asks the kernel here, it keeps nobody out.
 *
 * The file stays when it is given back: whoever waits for the lock may have it open.
 *
 * @throws DirectoryInUse
 */
export async function lockDirectory(
  directory: string,
  engine: EmbeddedEngine,
  sqlite: SqliteModule | undefined = findSqlite(),
): Promise<DirectoryLock> {
  if (sqlite === undefined) return NO_LOCK;
  const file = join(directory, LOCK_FILE);
  const isNew = makeLockFile(file);
  const leaveNoTrace = (): void => {
    if (isNew) rmSync(file, { force: true });
  };
  const lock = new sqlite.DatabaseSync(file, { timeout: 0 });
  try {
    // Of an empty file: nothing is read or written, and the kernel's lock stays until the transaction ends.
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new DirectoryInUse(directory, engine);
    return { ...NO_LOCK, leaveNoTrace };
  }
  const holderFile = noteHolder(directory);
  const unlock = async (): Promise<void> => {
    rmSync(holderFile, { force: true });
    lock.close();
  };
  return { unlock, leaveNoTrace };
}

const NO_LOCK: DirectoryLock = { unlock: async () => {}, leaveNoTrace: () => {} };

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/** Names those who keep each other out: programs of one network namespace since the machine started. */
export function lockDomain(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  const namespace = readlinkSync('/proc/self/ns/net');
  return createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, 8);
}
