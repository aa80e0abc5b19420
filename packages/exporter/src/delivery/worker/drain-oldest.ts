/** The little that a program which ends by itself does for earlier runs: a few files, the oldest first. */
import { isAbandoned, leaseFile, listSpoolFiles } from '../../spool/spool-files.ts';
import type { DrainReport } from '../messages.ts';
import { type DeliveryMeans, emptyTally } from './deliver-file.ts';
import { type DrainTerms, drainFile } from './drain-spool.ts';

/** How much it may take. */
export interface OldestTerms extends DrainTerms {
  readonly files: number;
  /** When to look no further in a large spool, by the monotonic clock. */
  readonly untilMs: number;
}

/**
 * Delivers at most `files` abandoned files, until one fails or `means.mayContinue()` says no. It removes nothing for the
 * limits: that is for a thread or `ephemetry drain`, which have time.
 */
export async function drainOldest(
  means: DeliveryMeans,
  { owner, files, untilMs }: OldestTerms,
): Promise<Pick<DrainReport, 'rejected' | 'skippedLines'>> {
  const tally = emptyTally();
  let skippedLines = 0;
  let taken = 0;
  for (const file of listSpoolFiles(means.directory, { untilMs })) {
    if (taken === files || !means.mayContinue()) break;
    const leased = isAbandoned(file, owner, means.nowUnixMs())
      ? leaseFile(means.directory, file, owner)
      : undefined;
    if (leased === undefined) continue;
    taken += 1;
    const { isTorn, failure } = await drainFile(means, leased, tally);
    if (isTorn) skippedLines += 1;
    if (failure !== undefined && failure.kind !== 'spool') break;
  }
  return { rejected: tally.rejected, skippedLines };
}
