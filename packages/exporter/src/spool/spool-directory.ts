/**
 * Where the spool is, and whether it may be trusted: batches may hold what a program knows,
 * so the directory belongs to its user alone.
 */
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { DeliveryFailure } from '../verdict.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';

/** A usable directory, or why there is none. */
export type SpoolDirectory =
  | { readonly kind: 'usable'; readonly path: string }
  | { readonly kind: 'unusable'; readonly failure: DeliveryFailure };

/**
 * The directories to try, best first: the one that was named; else the XDG state directory
 * (https://specifications.freedesktop.org/basedir-spec/latest/), else one in the temporary directory,
 * for containers whose home is read-only. A relative name starts from `startDirectory`; without one it stays
 * relative and will not be usable.
 *
 * @example
 * ```ts
 * import { spoolDirectoryCandidates } from '@ephemetry/exporter';
 *
 * const [best] = spoolDirectoryCandidates(undefined, { XDG_STATE_HOME: '/var/lib/deploy' });
 * console.assert(best === '/var/lib/deploy/ephemetry/spool');
 * ```
 */
export function spoolDirectoryCandidates(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  startDirectory: string | undefined = currentDirectory(),
): readonly [string, ...string[]] {
  if (named !== undefined) return [startDirectory === undefined ? named : resolve(startDirectory, named)];
  const home = absolute(env['HOME']);
  const state =
    absolute(env['XDG_STATE_HOME']) ?? (home === undefined ? undefined : join(home, '.local', 'state'));
  const temporary = join(
    absolute(env['TMPDIR']) ?? tmpdir(),
    `ephemetry-${process.getuid?.() ?? 'user'}`,
    'spool',
  );
  return state === undefined ? [temporary] : [join(state, 'ephemetry', 'spool'), temporary];
}

/** An empty or relative path is as good as none, says the XDG specification; it would also depend on where a program is started. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

/** Creates the first candidate that can be created and trusted, or finds it. */
export function openSpoolDirectory(candidates: readonly [string, ...string[]]): SpoolDirectory {
  const failures: SpoolDirectory[] = [];
  for (const path of candidates) {
    const opened = openOne(path);
    if (opened.kind === 'usable') return opened;
    failures.push(opened);
  }
  return failures[0] ?? unusable(candidates[0], 'no directory is named');
}

/** What a relative spool starts from; nothing when it has been removed, for then `process.cwd` throws. */
export function currentDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * The candidate that a run of today would use, if it exists: for readers, which create nothing. Where none is usable,
 * the first that exists, for the reason to be said.
 */
export function findSpoolDirectory(candidates: readonly string[]): string | undefined {
  const existing = candidates.filter((path) => lstatIfAllowed(path) !== undefined);
  return existing.find((path) => openOne(path).kind === 'usable') ?? existing[0];
}

/** Creates a directory inside the spool, for example `rejected/`. */
export function makeOwnDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    // A umask of 0777 would make a directory that its owner cannot use.
    chmodSync(path, 0o700);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function openOne(path: string): SpoolDirectory {
  try {
    makeLevels(path);
    return inspect(path);
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error));
  }
}

/** Level by level: `mkdirSync(recursive)` loops for ever under some roots and hides a read-only disk. */
function makeLevels(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path) makeLevels(parent);
  makeOwnDirectory(path);
}

function inspect(path: string): SpoolDirectory {
  const stat = lstatSync(path);
  const uid = process.getuid?.();
  const advice =
    'name a directory of this user in EPHEMETRY_SPOOL_DIR, one that does not exist yet is created';
  if (!stat.isDirectory())
    return unusable(
      path,
      `it is ${stat.isSymbolicLink() ? 'a symbolic link' : 'not a directory'}; ${advice}`,
    );
  if (uid !== undefined && stat.uid !== uid)
    return unusable(path, `it belongs to user ${stat.uid}, not ${uid}; ${advice}`);
  if (uid !== undefined && (stat.mode & 0o022) !== 0)
    return unusable(path, `others may write to it; ${advice}`);
  accessSync(path, constants.W_OK | constants.X_OK);
  return { kind: 'usable', path: realpathSync(path) };
}

function unusable(path: string, detail: string): SpoolDirectory {
  return { kind: 'unusable', failure: { kind: 'spool', path, detail } };
}
