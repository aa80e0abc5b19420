/** Sends once more what a Collector had refused: for when the reason is mended. */
import {
  giveBack,
  keepAgain,
  rejectedNames,
  removeTaken,
  takeRejected,
} from '../../spool/rejected-folder.ts';
import type { DrainReport } from '../messages.ts';
import { type DeliveryMeans, emptyTally, ledgerCountsOf, settleDelivered } from './deliver-file.ts';
import type { DrainTerms } from './drain-spool.ts';

/**
 * One attempt each, oldest first. What is refused again stays, with the new reason; anything else that fails would meet
 * the next one too, and ends it.
 */
export async function drainRejected(means: DeliveryMeans, terms: DrainTerms): Promise<DrainReport> {
  const tally = emptyTally();
  const names = rejectedNames(means.directory);
  let tried = 0;
  let busyFiles = 0;
  for (const name of names) {
    if (!means.mayContinue()) break;
    const taken = takeRejected(means.directory, name, terms.owner);
    tried += 1;
    if (taken === undefined) {
      busyFiles += 1;
      continue;
    }
    const outcome = await means.post(taken.body);
    if (outcome.kind === 'delivered') {
      removeTaken(taken);
      settleDelivered(outcome, tally);
      means.note({ ...ledgerCountsOf(outcome), drained: 1 });
      continue;
    }
    tally.failure = outcome.failure;
    if (outcome.failure.kind === 'rejected') {
      keepAgain(taken, outcome.failure, means.nowUnixMs());
      tally.rejected += 1;
      continue;
    }
    giveBack(taken);
    tried -= 1;
    break;
  }
  const { failure, delivered, rejected, lostDataPoints } = tally;
  return {
    directory: means.directory,
    delivered,
    rejected,
    remaining: names.length - tried,
    busyFiles,
    skippedLines: 0,
    expired: 0,
    lost: 0,
    inDoubt: 0,
    abandoned: 0,
    rejectedRemoved: 0,
    lostDataPoints,
    ...(failure === undefined ? {} : { failure }),
    problems: [],
  };
}
