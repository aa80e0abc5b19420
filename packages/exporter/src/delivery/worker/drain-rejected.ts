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

/**
 * One attempt each, oldest first. What is refused again stays, with the new reason; anything else that fails would meet
 * the next one too, and ends it.
 */
export async function drainRejected(means: DeliveryMeans, terms: DrainTerms): Promise<DrainReport> {
  const account = openAccount();
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
    break;
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
