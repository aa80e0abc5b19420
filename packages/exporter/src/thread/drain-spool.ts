/** Delivers what earlier runs left: takes one abandoned file after the other, oldest first. */
import { unlinkSync } from 'node:fs';
import type { DrainReport } from '../delivery/messages.ts';
import type { SpoolLimits } from '../settings.ts';
import { isAbandoned, leaseFile, listSpoolFiles, releaseFile, type SpoolFile } from '../spool/spool-files.ts';
import { countExpired, enforceSpoolLimits, noteExpired } from '../spool/spool-limits.ts';
import { countSpoolLines } from '../spool/spool-lines.ts';
import { type DeliveryMeans, deliverFile, emptyTally, type Tally } from './deliver-file.ts';

/** Whose lease, and within which limits. */
export interface DrainTerms {
  readonly owner: string;
  readonly limits: SpoolLimits;
}

/** Drains until the spool is empty, a delivery fails, or `means.mayContinue()` says no. */
export async function drainSpool(means: DeliveryMeans, terms: DrainTerms): Promise<DrainReport> {
  const removed = enforceSpoolLimits(means.directory, terms.limits, terms.owner, means.nowUnixMs());
  noteExpired(means.directory, removed);
  const tally = emptyTally();
  let busyFiles = 0;
  let skippedLines = 0;
  for (const file of listSpoolFiles(means.directory)) {
    if (tally.failure !== undefined && isBlocking(tally)) break;
    if (!means.mayContinue()) break;
    const leased = isAbandoned(file, terms.owner, means.nowUnixMs())
      ? leaseFile(means.directory, file, terms.owner)
      : undefined;
    if (leased === undefined) busyFiles += 1;
    else if (await drainFile(means, leased, tally)) skippedLines += 1;
  }
  const { failure, ...counts } = tally;
  const remaining = countRemaining(means, terms.owner);
  return {
    directory: means.directory,
    delivered: counts.delivered,
    rejected: counts.rejected,
    remaining,
    busyFiles,
    skippedLines,
    expired: countExpired(removed) + counts.lost,
    lostDataPoints: counts.lostDataPoints,
    ...(failure === undefined ? {} : { failure }),
    problems: [],
  };
}

/** Whether a drain would find anything. */
export function hasLeftovers(terms: DrainTerms & { readonly directory: string | undefined }): boolean {
  if (terms.directory === undefined) return false;
  return listSpoolFiles(terms.directory).some((file) => isAbandoned(file, terms.owner, Date.now()));
}

/** A rejected or partly refused batch, or a file that cannot be read, says nothing about the next one; every other failure does. */
function isBlocking(tally: Tally): boolean {
  return !['rejected', 'partial', 'spool'].includes(tally.failure?.kind ?? '');
}

/** Returns whether a torn line was passed over. */
async function drainFile(means: DeliveryMeans, leased: SpoolFile, tally: Tally): Promise<boolean> {
  const delivery = await deliverFile(means, leased, tally, 'an earlier run');
  if (delivery.kind === 'gone') return false;
  if (delivery.kind === 'stopped') {
    releaseFile(means.directory, delivery.file);
    return false;
  }
  try {
    const { isTorn } = countSpoolLines(delivery.file.path, delivery.file.deliveredBytes);
    unlinkSync(delivery.file.path);
    means.note({ unreadable: isTorn ? 1 : 0 });
    return isTorn;
  } catch {
    // Another process believed us dead and has taken it.
    return false;
  }
}

function countRemaining(means: DeliveryMeans, owner: string): number {
  let batches = 0;
  for (const file of listSpoolFiles(means.directory)) {
    if (!isAbandoned(file, owner, means.nowUnixMs())) continue;
    try {
      batches += countSpoolLines(file.path, file.deliveredBytes).batches;
    } catch {
      // Another drain has just finished it.
    }
  }
  return batches;
}
