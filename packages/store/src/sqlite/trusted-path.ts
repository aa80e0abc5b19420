/**
 * A path is as safe as its weakest level: whoever may rename a directory above a file may put another in its place. So
 * every level is looked at from the root on, where a symbolic link leads too, and what is missing is made for this user.
 */
import { lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { isAbsolute, join, parse, sep } from 'node:path';

/** The directory, links resolved; or why it is not to be trusted. */
export type TrustedDirectory =
  | { readonly kind: 'trusted'; readonly path: string }
  | { readonly kind: 'untrusted'; readonly reason: string }
  /** Only when it is not to be made. */
  | { readonly kind: 'missing' };

/** As many as Linux follows. */
const LINKS_LIMIT = 40;

/**
 * Finds an absolute directory.
 *
 * @param mayMake whether missing levels are made, for this user alone
 * @throws the file system's error
 */
export function openTrustedDirectory(path: string, mayMake: boolean): TrustedDirectory {
  let current = parse(path).root;
  const left = levelsOf(path);
  let links = 0;
  let last: Stats | undefined;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const level = join(current, name);
    const stat = mayMake ? findOrMake(level) : lstatSync(level, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: 'missing' };
    const fault = faultOf(stat);
    if (fault !== undefined) return { kind: 'untrusted', reason: `${level} ${fault}` };
    if (!stat.isSymbolicLink()) {
      current = level;
      last = stat;
      continue;
    }
    links += 1;
    if (links > LINKS_LIMIT) return { kind: 'untrusted', reason: `${level} has links that lead in a circle` };
    const target = readlinkSync(level);
    if (isAbsolute(target)) current = parse(target).root;
    left.unshift(...levelsOf(target));
  }
  if (last !== undefined && isShared(last)) {
    const reason = `${current} can be written to by other users, who could put files beside the database. Name a directory of your own`;
    return { kind: 'untrusted', reason };
  }
  return { kind: 'trusted', path: current };
}

/** Whether somebody else than the owner and root may write. */
export function isShared({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): boolean {
  if (process.geteuid === undefined) return false;
  // A group of the same number is the user's own.
  return (mode & (gid === uid || gid === 0 ? 0o002 : 0o022)) !== 0;
}

/** Whether root or this user owns it, and nobody else could replace it. */
export function isOwn({ uid }: Pick<Stats, 'uid'>): boolean {
  const user = process.geteuid?.();
  return user === undefined || uid === user;
}

function levelsOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== '' && name !== '.');
}

function findOrMake(level: string): Stats {
  const found = lstatSync(level, { throwIfNoEntry: false });
  if (found !== undefined) return found;
  try {
    mkdirSync(level, { mode: 0o700 });
  } catch (error) {
    // Another program was faster: whether it is to be trusted is seen below.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return lstatSync(level);
}

function faultOf(stat: Stats): string | undefined {
  const isRoots = stat.uid === 0;
  if (!isRoots && !isOwn(stat)) return `belongs to user ${stat.uid}, who could replace it`;
  if (stat.isSymbolicLink()) return undefined;
  if (!stat.isDirectory()) return 'is not a directory';
  const isSticky = (stat.mode & 0o1000) !== 0;
  if (isSticky || !isShared(stat)) return undefined;
  return 'can be written to by other users, who could replace what is in it (run chmod go-w on it)';
}
