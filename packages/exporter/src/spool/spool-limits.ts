/** Keeps the spool within its limits: the oldest abandoned files go first, and what goes is counted. */
import { unlinkSync } from 'node:fs';
import type { SpoolLimits } from '../settings.ts';
import { addToLedger } from './ledger.ts';
import { isAbandoned, leaseFile, listSpoolFiles, renameFile, type SpoolFile } from './spool-files.ts';
import { countSpoolLines } from './spool-lines.ts';

/** A file that had to go, with its undelivered batches. */
export interface ExpiredFile {
  readonly runId: string;
  readonly part: number;
  readonly batches: number;
  /** Whether it ended in a half-written line. */
  readonly isTorn: boolean;
}

/**
 * Removes files over the limits, oldest first. Files of living runs count towards the limits as long as something waits in
 * them, but are not touched; `isOwnOldPart` adds the caller's own full parts, so that a run whose Collector is down for days
 * stays within the limits too.
 */
export function enforceSpoolLimits(
  directory: string,
  limits: SpoolLimits,
  own: string,
  nowUnixMs: number,
  isOwnOldPart: (file: SpoolFile) => boolean = () => false,
): ExpiredFile[] {
  const files = listSpoolFiles(directory);
  // One in which nothing waits costs nobody a batch: a host that ends its threads by force leaves many.
  const waiting = files.filter(isWaiting);
  let bytes = waiting.reduce((sum, file) => sum + file.bytes, 0);
  let count = waiting.length;
  const expired: ExpiredFile[] = [];
  for (const file of files) {
    const isOld = nowUnixMs - file.modifiedUnixMs > limits.ageMs;
    if (!isOld && bytes <= limits.bytes && count <= limits.files) break;
    if (!isAbandoned(file, own, nowUnixMs) && !isOwnOldPart(file)) continue;
    const removed = removeFile(directory, file, own);
    if (removed === undefined) continue;
    expired.push({ runId: file.runId, part: file.part, ...removed });
    if (!isWaiting(file)) continue;
    bytes -= file.bytes;
    count -= 1;
  }
  return expired;
}

function isWaiting(file: SpoolFile): boolean {
  return file.deliveredBytes < file.bytes;
}

/** The batches of several expired files. */
export function countExpired(files: readonly ExpiredFile[]): number {
  return files.reduce((sum, file) => sum + file.batches, 0);
}

/** Adds several expired files to the ledger of the spool. */
export function noteExpired(directory: string, files: readonly ExpiredFile[]): void {
  const unreadable = files.filter(({ isTorn }) => isTorn).length;
  addToLedger(directory, { expired: countExpired(files), unreadable });
}

/** The lease comes first: a drain that is just taking the file keeps it. What cannot be read or removed stays. */
function removeFile(
  directory: string,
  file: SpoolFile,
  own: string,
): Pick<ExpiredFile, 'batches' | 'isTorn'> | undefined {
  const leased = leaseFile(directory, file, own);
  if (leased === undefined) return undefined;
  try {
    const { batches, isTorn } = countSpoolLines(leased.path, leased.deliveredBytes);
    unlinkSync(leased.path);
    return { batches, isTorn };
  } catch {
    // As it was: a lease that nobody works under would keep every drain away while this process lives.
    renameFile(directory, leased, { owner: file.owner });
    return undefined;
  }
}
