/**
 * Keeps the spool within its limits: the oldest abandoned files go first, and what goes is counted. Each file says in its
 * name within which limits its program wanted it, and only files with the same limits count against each other: a
 * program with small ones costs another no batch.
 */
import { monotonicMs } from '../monotonic-clock.ts';
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from '../settings.ts';
import type { LedgerCounts } from './ledger.ts';
import { removeWaitingFile, type WaitingFileRemoval } from './remove-file.ts';
import { isAbandoned, leaseFile, listSpoolFiles, renameFile, type SpoolFile } from './spool-files.ts';

/** A file that had to go, with its undelivered batches. */
export interface ExpiredFile {
  readonly runId: string;
  readonly part: number;
  readonly batches: number;
}

/** Who removes, what, and for how long. */
export interface LimitTerms {
  readonly owner: string;
  readonly nowUnixMs: number;
  /** Told of each file once it is gone. */
  readonly note: (counts: Partial<LedgerCounts>) => void;
  /** The caller's own full parts: a run whose Collector is down for days stays within the limits too. @default none */
  readonly isOwnOldPart?: (file: SpoolFile) => boolean;
  /** Which files may go for their age. @default none: what was not offered may yet be delivered, and a clock may be wrong */
  readonly mayExpire?: (file: SpoolFile) => boolean;
  /** Time for all of it, by the monotonic clock: a program that ends must not wait for a large spool. @default no end */
  readonly untilMs?: number;
}

/**
 * Removes files over their limits, oldest first. Files of living runs count towards the limits as long as something waits
 * in them, but are not touched. A file that is over the limit of bytes all by itself goes alone: it costs no other one.
 */
export function enforceSpoolLimits(directory: string, terms: LimitTerms): ExpiredFile[] {
  const { untilMs = Number.POSITIVE_INFINITY } = terms;
  const expired: ExpiredFile[] = [];
  for (const files of groupByLimits(listSpoolFiles(directory, { untilMs })))
    for (const file of enforceOn(directory, files, terms)) expired.push(file);
  return expired;
}

/** The batches of several expired files. */
export function countExpired(files: readonly ExpiredFile[]): number {
  return files.reduce((sum, file) => sum + file.batches, 0);
}

/** Files with the same limits, oldest first. */
function* enforceOn(
  directory: string,
  files: readonly SpoolFile[],
  terms: LimitTerms,
): Generator<ExpiredFile> {
  const limits = limitsOf(files[0]);
  // One in which nothing waits costs nobody a batch: a host that ends its threads by force leaves many.
  const counted = files.filter((file) => isWaiting(file) && !isAlone(file, limits));
  let bytes = counted.reduce((sum, file) => sum + file.bytes, 0);
  let count = counted.length;
  for (const file of files) {
    const isCounted = isWaiting(file) && !isAlone(file, limits);
    const isOver = isCounted && (bytes > limits.bytes || count > limits.files);
    if (!isOver && !isAlone(file, limits) && !isExpired(file, limits, terms)) continue;
    const removed = mayRemove(file, terms) ? removeFile(directory, file, terms.owner) : undefined;
    if (removed === undefined) continue;
    const { batches, isTorn, late } = removed;
    terms.note({ expired: batches, unreadable: isTorn ? 1 : 0, unsent: late.unkept });
    yield { runId: file.runId, part: file.part, batches };
    // After at least one: many short programs keep a spool small together.
    if (monotonicMs() >= (terms.untilMs ?? Number.POSITIVE_INFINITY)) return;
    if (!isCounted) continue;
    bytes -= file.bytes;
    count -= 1;
  }
}

function isAlone(file: SpoolFile, limits: SpoolLimits): boolean {
  return isWaiting(file) && file.bytes > limits.bytes;
}

function isExpired(file: SpoolFile, limits: SpoolLimits, { nowUnixMs, mayExpire }: LimitTerms): boolean {
  return nowUnixMs - file.modifiedUnixMs > limits.ageMs && mayExpire?.(file) === true;
}

function mayRemove(file: SpoolFile, { owner, nowUnixMs, isOwnOldPart }: LimitTerms): boolean {
  return isAbandoned(file, owner, nowUnixMs) || isOwnOldPart?.(file) === true;
}

function groupByLimits(files: readonly SpoolFile[]): Iterable<readonly SpoolFile[]> {
  const groups = new Map<string, SpoolFile[]>();
  for (const file of files) {
    const { bytes, files: count, ageMs } = limitsOf(file);
    const key = `${bytes} ${count} ${ageMs}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  return groups.values();
}

/** What a name does not say is the default, which is also taken for files of versions that did not write it. */
function limitsOf(file: Pick<SpoolFile, 'limits'> | undefined): SpoolLimits {
  return file?.limits ?? DEFAULT_SPOOL_LIMITS;
}

function isWaiting(file: SpoolFile): boolean {
  return file.deliveredBytes < file.bytes;
}

/** The lease comes first: a drain that is just taking the file keeps it. What cannot be read or removed stays. */
function removeFile(directory: string, file: SpoolFile, own: string): WaitingFileRemoval | undefined {
  const leased = leaseFile(directory, file, own);
  if (leased === undefined) return undefined;
  try {
    return removeWaitingFile(directory, leased);
  } catch {
    // As it was: a lease that nobody works under would keep every drain away while this process lives.
    renameFile(directory, leased, { owner: file.owner });
    return undefined;
  }
}
