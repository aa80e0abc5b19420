/**
 * The files of a spool, and the lease that makes one of them ours: a rename to a name that holds our
 * owner tag. The file system lets exactly one of several renames succeed.
 */
import { renameSync } from 'node:fs';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { namesIn } from './names-in.ts';
import { FOREIGN_LEASE_MS, NO_OWNER, type OwnerState, ownerState } from './owner.ts';
import {
  isOfNewerVersion,
  parseSpoolFileName,
  type SpoolFileName,
  spoolFilePath,
} from './spool-file-name.ts';

/** A spool file as seen in the directory. */
export interface SpoolFile extends SpoolFileName {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedUnixMs: number;
}

/** Which files to look for, and for how long. */
export interface FilesToList {
  /** @default those of every run */
  readonly runId?: string;
  /** When to look no further, by the monotonic clock: then some are missing. @default no end */
  readonly untilMs?: number;
}

/** The spool files, oldest first. A file that vanishes while we look is not there. */
export function listSpoolFiles(directory: string, { runId, untilMs }: FilesToList = {}): SpoolFile[] {
  const files: SpoolFile[] = [];
  for (const entry of namesIn(directory, untilMs)) {
    const name = parseSpoolFileName(entry);
    if (name === undefined || (runId !== undefined && name.runId !== runId)) continue;
    const path = spoolFilePath(directory, name);
    // Not through a symbolic link: the exporter makes none, so it is somebody's trick.
    const stat = lstatIfAllowed(path);
    if (stat?.isFile() === true)
      files.push({ ...name, path, bytes: stat.size, modifiedUnixMs: stat.mtimeMs });
  }
  return files.sort((a, b) => a.modifiedUnixMs - b.modifiedUnixMs || a.path.localeCompare(b.path));
}

/** How many files a later version of the format left, which no drain of this one takes. */
export function countNewerFiles(directory: string): number {
  let files = 0;
  for (const name of namesIn(directory)) files += Number(isOfNewerVersion(name));
  return files;
}

/** Whether nobody works on the file, as seen by `own`: its owner is dead, or foreign and silent for long. */
export function isAbandoned(
  file: Pick<SpoolFile, 'owner' | 'modifiedUnixMs'>,
  own: string,
  nowUnixMs: number,
): boolean {
  const state: OwnerState = ownerState(file.owner, own);
  if (state !== 'foreign') return state === 'dead';
  return nowUnixMs - file.modifiedUnixMs > FOREIGN_LEASE_MS;
}

/** Takes the lease of an abandoned file for `owner`; `undefined` when somebody else was faster. */
export function leaseFile(directory: string, file: SpoolFile, owner: string): SpoolFile | undefined {
  return renameFile(directory, file, { owner });
}

/** Gives a leased file back to whoever comes next. */
export function releaseFile(directory: string, file: SpoolFile): void {
  renameFile(directory, file, { owner: NO_OWNER });
}

/** Gives back every file that is ours, as far as they are found in time. */
export function releaseFiles(
  directory: string,
  isOurs: (file: SpoolFile) => boolean,
  files: FilesToList = {},
): void {
  for (const file of listSpoolFiles(directory, files)) if (isOurs(file)) releaseFile(directory, file);
}

/**
 * Says on disk that the line at `deliveredBytes` is about to be sent whole, before its last byte leaves: a process that
 * is killed then leaves it in doubt. The time of the first attempt stays. `undefined` when the file is not ours any more.
 */
export function markSent(directory: string, file: SpoolFile, nowUnixMs: number): SpoolFile | undefined {
  if (file.sentUnixSeconds !== undefined) return file;
  return moveFile(directory, file, { ...nameOf(file), sentUnixSeconds: Math.floor(nowUnixMs / 1000) });
}

/** Takes the mark away: the batch did not leave whole after all, or was answered. */
export function unmarkSent(directory: string, file: SpoolFile): SpoolFile | undefined {
  const { sentUnixSeconds: _, ...name } = nameOf(file);
  return moveFile(directory, file, name);
}

/**
 * Renames a file to its new state; `undefined` when it is not ours any more. A mark belongs to the line that begins at
 * `deliveredBytes`: it goes when they move on.
 */
export function renameFile(
  directory: string,
  file: SpoolFile,
  change: { readonly owner?: string; readonly deliveredBytes?: number },
): SpoolFile | undefined {
  const { sentUnixSeconds, ...name } = { ...nameOf(file), ...change };
  const isMarked = sentUnixSeconds !== undefined && name.deliveredBytes === file.deliveredBytes;
  return moveFile(directory, file, isMarked ? { ...name, sentUnixSeconds } : name);
}

function nameOf({ path: _, bytes: __, modifiedUnixMs: ___, ...name }: SpoolFile): SpoolFileName {
  return name;
}

function moveFile(directory: string, file: SpoolFile, name: SpoolFileName): SpoolFile | undefined {
  const path = spoolFilePath(directory, name);
  try {
    renameSync(file.path, path);
  } catch {
    return undefined;
  }
  const { bytes, modifiedUnixMs } = file;
  return { ...name, path, bytes, modifiedUnixMs };
}
