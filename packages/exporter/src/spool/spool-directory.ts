/**
 * Whether a directory may be trusted with a spool: batches may hold what a program knows,
 * so the directory belongs to its user alone.
 */
import { accessSync, constants, lstatSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { DeliveryFailure } from '../verdict.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { openTrustedPath } from './trusted-path.ts';

/** A usable directory, or why there is none. */
export type SpoolDirectory =
  | { readonly kind: 'usable'; readonly path: string }
  | { readonly kind: 'unusable'; readonly failure: DeliveryFailure };

/**
 * Creates the first candidate that can be created and trusted, or finds it: it and every level above it are this user's or
 * root's. When there is none, why the first cannot be used. Never throws.
 *
 * @example
 * ```ts
 * import { describeFailure } from '@ephemetry/exporter';
 * import { openSpoolDirectory } from '@ephemetry/exporter/spool';
 *
 * const opened = openSpoolDirectory(['/var/lib/deploy/spool']);
 * if (opened.kind === 'unusable') console.error(describeFailure(opened.failure));
 * ```
 */
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

function openOne(path: string): SpoolDirectory {
  try {
    if (!isAbsolute(path))
      return unusable(path, 'it is a relative path, and the working directory no longer exists');
    // Its levels may be links; itself it is named where it is.
    if (lstatIfAllowed(path)?.isSymbolicLink() === true)
      return unusable(path, `it is a symbolic link; ${ADVICE}`);
    const opened = openTrustedPath(path);
    if (opened.kind === 'trusted') return inspect(path, opened.path);
    const { level, detail } = opened;
    return unusable(path, `${level === path ? 'it' : level} ${detail}; ${ADVICE}`);
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error));
  }
}

const ADVICE =
  'set EPHEMETRY_SPOOL_DIR to a directory that this user owns; it is created if it does not exist';

/** The last level holds the batches: it is this user's alone. */
function inspect(named: string, path: string): SpoolDirectory {
  const stat = lstatSync(path);
  const user = process.geteuid?.();
  if (user !== undefined && (stat.mode & 0o022) !== 0)
    return unusable(
      named,
      `other users can write to it; set EPHEMETRY_SPOOL_DIR to a folder inside it, such as ${join(named, 'ephemetry')}, which is created for this user only`,
    );
  if (user !== undefined && stat.uid !== user)
    return unusable(named, `it belongs to user ${stat.uid}, not ${user}; ${ADVICE}`);
  accessSync(path, constants.W_OK | constants.X_OK);
  return { kind: 'usable', path };
}

function unusable(path: string, detail: string): SpoolDirectory {
  return { kind: 'unusable', failure: { kind: 'spool', path, detail } };
}
