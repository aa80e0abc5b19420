/**
 * The directory of an embedded database: whole, or not there. A new one is made beside its place:
 *
 *     nothing, or an empty directory ─▶ .ephemetry-making-… ─rename─▶ the place
 *                                           │ killed here
 *                                           ▼
 *                              removed when the place is opened next
 */
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DirectoryInUse, lockDomain } from '../directory-lock/directory-lock.ts';

/** There is no embedded database in a place, and none can be made or opened there. */
export class PgliteDirectoryError extends Error {
  override readonly name = 'PgliteDirectoryError';
  readonly directory: string;
  /** Whether all that is wrong is that the disk takes nothing more. */
  readonly isDiskFull: boolean;

  constructor(directory: string, reason: string, options: ErrorOptions = {}) {
    super(`${directory} ${reason}`, options);
    this.directory = directory;
    this.isDiskFull = isDiskFull(options.cause);
  }
}

/** Of Node's own error, or of what PGlite throws, which is no Error and has no words: its `errno` is WASI's. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return ('errno' in error && error.errno === WASI_ENOSPC) || ('code' in error && error.code === 'ENOSPC');
}

/** @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno */
const WASI_ENOSPC = 51;

/**
 * Whether a place holds an embedded database. It may also be empty, or not there.
 *
 * @throws PgliteDirectoryError when anything else is in the place.
 * @example
 * ```ts
 * import { hasPgliteDatabase } from '@ephemetry/store/pglite';
 *
 * if (!hasPgliteDatabase('merges')) console.log('no merge was imported yet');
 * ```
 */
export function hasPgliteDatabase(directory: string): boolean {
  const path = resolve(directory);
  if (lookAt(path) === undefined) return false;
  if (!statSync(path).isDirectory()) {
    throw new PgliteDirectoryError(path, 'is not a directory. Name a directory for the database.');
  }
  const names = readdirSync(path);
  if (names.length === 0) return false;
  if (!names.includes('PG_VERSION')) {
    const wayOut = 'Name another directory, or empty this one.';
    throw new PgliteDirectoryError(path, `holds other files than a whole PGlite database. ${wayOut}`);
  }
  assertNoServer(path, names);
  return true;
}

/** The one name of a place, links resolved. What is above it is made if it is not there. */
export function placeOf(directory: string): string {
  const path = resolve(directory);
  if (lookAt(path) !== undefined) return realpathSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return join(realpathSync(dirname(path)), basename(path));
}

/**
 * Makes the database of a place where there is none, and removes what an interrupted making left beside it.
 * Only while the place is locked.
 *
 * @param make fills a new, empty directory, and has closed it when it resolves
 * @throws PgliteDirectoryError when the place cannot take one, DirectoryInUse when somebody without our lock was faster.
 */
export async function ensurePgliteDirectory(
  place: string,
  make: (directory: string) => Promise<void>,
): Promise<void> {
  removeLeftovers(place);
  if (hasPgliteDatabase(place)) return;
  const staging = makeStaging(place);
  try {
    await make(staging);
    moveInto(place, staging);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw error;
  }
}

/** A place that another machine or container was making a database for, and has not touched for so long. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Whoever shares our lock is dead, because we have it. Of others the time tells: making takes seconds. */
function removeLeftovers(place: string, now: number = Date.now()): void {
  const prefix = stagingPrefix(place);
  for (const name of namesIn(dirname(place))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(place), name);
    const stats = lookAt(path);
    if (stats?.isDirectory() !== true || stats.uid !== (process.getuid?.() ?? stats.uid)) continue;
    const domain = lockDomain();
    const sharesLock = domain !== undefined && name.startsWith(`${prefix}${domain}-`);
    if (sharesLock || now - stats.mtimeMs > ABANDONED_AFTER_MS) removeIfPossible(path);
  }
}

/** What stays takes space, and is no reason not to open the database. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next opening tries again.
  }
}

function makeStaging(place: string): string {
  const domain = lockDomain() ?? 'unknown';
  try {
    // For this user alone.
    return mkdtempSync(join(dirname(place), `${stagingPrefix(place)}${domain}-`));
  } catch (error) {
    throw new PgliteDirectoryError(place, `cannot be made: ${messageOf(error)}`, { cause: error });
  }
}

/** Begins the names of what is made for this place. Of any length that a name may have. */
function stagingPrefix(place: string): string {
  const key = createHash('sha256').update(basename(place)).digest('hex').slice(0, 8);
  return `.ephemetry-making-${key}-`;
}

/** Over an empty directory, too; over nothing else. */
function moveInto(place: string, staging: string): void {
  try {
    renameSync(staging, place);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw new DirectoryInUse(place, 'PGlite');
    const isMount = code === 'EBUSY' || code === 'EXDEV';
    const reason = isMount
      ? `is a mount point, which a finished database cannot be moved to. Name a directory in it, such as ${join(place, 'merges')}.`
      : `cannot be made: ${messageOf(error)}`;
    throw new PgliteDirectoryError(place, reason, { cause: error });
  }
}

/** PGlite writes -42 where a server writes its process id, and would open the files of that server. */
function assertNoServer(directory: string, names: readonly string[]): void {
  if (!names.includes('postmaster.pid')) return;
  const pid = Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10);
  if (pid > 0) {
    const wayOut = 'Name the server instead: postgres://user@host:port/database.';
    throw new PgliteDirectoryError(directory, `belongs to a PostgreSQL server (process ${pid}). ${wayOut}`);
  }
}

/** Of the path itself; undefined when nothing is there. @throws PgliteDirectoryError for a link to nowhere. */
function lookAt(path: string): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined) {
    const target = resolve(dirname(path), readlinkSync(path));
    throw new PgliteDirectoryError(path, `is a link to ${target}, which is not there. Make that directory.`);
  }
  return stats;
}

/** What cannot be listed is not cleaned. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
