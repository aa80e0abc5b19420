/** The little that a program which ends by itself does for earlier runs: a few files, the oldest first. */
import { isAbandoned, leaseFile, listSpoolFiles } from '../../spool/spool-files.ts';
import { type DeliveryMeans, emptyTally } from './deliver-file.ts';
import { drainFile } from './drain-spool.ts';

/**
 * Delivers at most `files` abandoned files, until one fails or `means.mayContinue()` says no. It removes nothing and counts
 * nothing: those are for a thread or `ephemetry drain`, which have time.
 */
export async function drainOldest(means: DeliveryMeans, owner: string, files: number): Promise<void> {
  const tally = emptyTally();
  const abandoned = listSpoolFiles(means.directory).filter((file) =>
    isAbandoned(file, owner, means.nowUnixMs()),
  );
  for (const file of abandoned.slice(0, files)) {
    if (!means.mayContinue()) return;
    const leased = leaseFile(means.directory, file, owner);
    if (leased === undefined) continue;
    const { failure } = await drainFile(means, leased, tally);
    if (failure !== undefined && failure.kind !== 'spool') return;
  }
}
