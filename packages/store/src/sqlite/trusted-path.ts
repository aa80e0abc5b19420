/**
 * A path is as safe as its weakest level: whoever may rename a directory above a database may put another in its place. So
 * every level is looked at from the root on, where a symbolic link leads too, and what is missing is made for this user.
 *
 * The same code as the exporter's, which imports nothing of ours: a test compares them.
 */
import { chmodSync, lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { isAbsolute, join, parse, sep } from 'node:path';
import { lstatIfAllowed } from './lstat-if-allowed.ts';

/** The directory itself, links resolved; or the level that is not to be trusted, and why. */
export type TrustedPath =
  | { readonly kind: 'trusted'; readonly path: string }
  | { readonly kind: 'untrusted'; readonly level: string; readonly detail: string };

/** As many as Linux follows. */
const LINKS_LIMIT = 40;

/**
 * Finds an absolute path, or makes its missing levels for this user alone.
 *
 * @throws the file system's error
 */
export function openTrustedPath(path: string): TrustedPath {
  let current = parse(path).root;
  const top = lstatIfAllowed(current);
  const users = { own: process.geteuid?.(), top: top?.uid };
  const left = levelsOf(path);
  let links = 0;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const level = join(current, name);
    const stat = findOrMake(level);
    const fault = stat === undefined ? undefined : faultOf(stat, users);
    if (fault !== undefined) return { kind: 'untrusted', level, detail: fault };
    if (stat?.isSymbolicLink() !== true) {
      current = level;
      continue;
    }
    links += 1;
    if (links > LINKS_LIMIT) return { kind: 'untrusted', level, detail: 'has links that lead in a circle' };
    const target = readlinkSync(level);
    if (isAbsolute(target)) current = parse(target).root;
    left.unshift(...levelsOf(target));
  }
  return { kind: 'trusted', path: current };
}

/** Creates a directory, for this user alone, where nothing is. */
export function makeOwnDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw error;
  }
  // A umask of 0777 would make a directory that its owner cannot use.
  if (((lstatIfAllowed(path)?.mode ?? 0) & 0o700) !== 0o700) chmodSync(path, 0o700);
}

/** Whether a directory may be written to by somebody else than its owner and root. */
export function isShared({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): boolean {
  // A group of the same number is the user's own, and where root's group may write root would do it anyway.
  const isOwnGroup = gid === uid || gid === 0;
  return (mode & (isOwnGroup ? 0o002 : 0o022)) !== 0;
}

interface Users {
  /** The effective user of this process; `undefined` where there are none. */
  readonly own: number | undefined;
  /** Who owns the top of the file system: root, or what it is called where this process's namespace has no root. */
  readonly top: number | undefined;
}

function levelsOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== '' && name !== '.');
}

/** `undefined` where Node's permission model hides the levels above what it allows. */
function findOrMake(level: string): Stats | undefined {
  const found = lstatIfThere(level);
  if (found !== 'missing') return found;
  makeOwnDirectory(level);
  return lstatSync(level);
}

function lstatIfThere(level: string): Stats | 'missing' | undefined {
  try {
    return lstatSync(level, { throwIfNoEntry: false }) ?? 'missing';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED') return undefined;
    throw error;
  }
}

function faultOf(stat: Stats, { own, top }: Users): string | undefined {
  const isRoots = stat.uid === 0 || stat.uid === top;
  if (own !== undefined && !isRoots && stat.uid !== own)
    return `belongs to user ${stat.uid}, who could replace it`;
  if (stat.isSymbolicLink()) return undefined;
  if (!stat.isDirectory()) return 'is not a directory';
  const isSticky = (stat.mode & 0o1000) !== 0;
  // What root opened to all is a volume of a container. Whoever shares it could move the database away, but not plant one:
  // the level below must be ours.
  if (own === undefined || isRoots || isSticky || !isShared(stat)) return undefined;
  return 'can be written to by other users, who could replace what is in it (run chmod go-w on it)';
}
