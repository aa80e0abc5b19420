/** Delivers what earlier runs left: takes one abandoned file after the other, oldest first. */
import { unlinkSync } from 'node:fs';
import type { SpoolLimits } from '../../settings.ts';
import {
  isAbandoned,
  leaseFile,
  listSpoolFiles,
  releaseFile,
  type SpoolFile,
} from '../../spool/spool-files.ts';
import { countExpired, enforceSpoolLimits, noteExpired } from '../../spool/spool-limits.ts';
import { countSpoolLines } from '../../spool/spool-lines.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { DrainReport } from '../messages.ts';
import { type DeliveryMeans, deliverFile, emptyTally, type Tally } from './deliver-file.ts';

/** So many batches may be answered with an error of the server before it is believed to be the server's. */
const SERVER_ERRORS_LIMIT = 3;

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
  let serverErrors = 0;
  for (const file of listSpoolFiles(means.directory)) {
    if (!means.mayContinue()) break;
    const leased = isAbandoned(file, terms.owner, means.nowUnixMs())
      ? leaseFile(means.directory, file, terms.owner)
      : undefined;
    if (leased === undefined) {
      busyFiles += 1;
      continue;
    }
    const { isTorn, failure } = await drainFile(means, leased, tally);
    if (isTorn) skippedLines += 1;
    if (failure === undefined || failure.kind === 'spool') continue;
    if (isServerError(failure)) serverErrors += 1;
    if (!isServerError(failure) || serverErrors === SERVER_ERRORS_LIMIT) break;
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

/**
 * A Collector answers some batches with 500 for ever, for an error that it calls permanent, and takes the next one all the
 * same. 502, 503 and 504 are said of the server, whatever it is sent.
 */
function isServerError(failure: DeliveryFailure): boolean {
  return failure.kind === 'busy' && failure.status >= 500 && ![502, 503, 504].includes(failure.status);
}

/** What stopped it, and whether a torn line was passed over. */
export async function drainFile(
  means: DeliveryMeans,
  leased: SpoolFile,
  tally: Tally,
): Promise<{ readonly isTorn: boolean; readonly failure?: DeliveryFailure }> {
  let file = leased;
  for (;;) {
    const delivery = await deliverFile(means, file, tally, 'an earlier run');
    if (delivery.kind === 'gone') return { isTorn: false };
    if (delivery.kind === 'stopped') {
      releaseFile(means.directory, delivery.file);
      const { failure } = delivery;
      return { isTorn: false, ...(failure === undefined ? {} : { failure }) };
    }
    file = delivery.file;
    try {
      const { batches, isTorn } = countSpoolLines(file.path, file.deliveredBytes);
      // A run that cannot be asked whether it lives does: it has just added one.
      if (batches > 0) continue;
      unlinkSync(file.path);
      means.note({ unreadable: isTorn ? 1 : 0 });
      return { isTorn };
    } catch {
      // Another process believed us dead and has taken it.
      return { isTorn: false };
    }
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
