/** Sends once more what a Collector had refused: for when the reason is fixed. */
import {
  giveBack,
  keepAgain,
  rejectedNames,
  removeTaken,
  takeRejected,
} from '../../spool/rejected-folder.ts';
import type { DrainReport } from '../messages.ts';
import { openAccount } from './account.ts';
import { type DeliveryMeans, settleDelivered } from './deliver-file.ts';
import type { DrainTerms } from './drain-spool.ts';

/** So many connections in a row may break in the middle of a batch before it is believed to be the endpoint's fault. */
const BROKEN_OFF_LIMIT = 3;

/**
 * One attempt each, oldest first. What is refused again stays, with the new reason; anything else that fails would meet
 * the next one too, and ends it.
 */
export async function drainRejected(means: DeliveryMeans, terms: DrainTerms): Promise<DrainReport> {
  const account = openAccount();
  const names = rejectedNames(means.directory);
  let tried = 0;
  let busyFiles = 0;
  let brokenOff = 0;
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
      brokenOff = 0;
      removeTaken(taken);
      means.note({ ...settleDelivered(outcome, account), drained: 1 });
      continue;
    }
    account.failure = outcome.failure;
    if (outcome.failure.kind === 'rejected') {
      keepAgain(taken, outcome.failure, means.nowUnixMs());
      account.tally.rejected += 1;
      continue;
    }
    giveBack(taken);
    tried -= 1;
    // One that is too large for somebody on the way says nothing of the next one.
    brokenOff += outcome.isBrokenOff === true ? 1 : BROKEN_OFF_LIMIT;
    if (brokenOff >= BROKEN_OFF_LIMIT) break;
  }
  const { failure, tally, lostDataPoints } = account;
  return {
    ...tally,
    spooled: names.length - tried,
    directory: means.directory,
    busyFiles,
    newerFiles: 0,
    rejectedRemoved: 0,
    lostDataPoints,
    ...(failure === undefined ? {} : { failure }),
    problems: [],
  };
}
