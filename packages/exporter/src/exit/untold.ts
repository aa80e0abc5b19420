/** What became of batches that the verdict does not tell of: the line at the end does. */
import type { Report } from '../delivery/messages.ts';
import type { RemovedBatches } from '../spool/run-spool.ts';
import { addTally, EMPTY_TALLY, subtractTally, type Tally } from '../tally.ts';

/** Batches that nobody else says anything about. */
export interface Untold {
  /** Of the run itself, removed by the spool's limits where delivery is somebody else's. */
  readonly own: number;
  /** Of earlier runs: what this run removed for the limits, and what draining them came to. */
  readonly others: Tally;
  /** Rejected earlier, and removed from `rejected/` for newer ones. */
  readonly rejectedRemoved: number;
}

export const NOTHING_UNTOLD: Untold = { own: 0, others: EMPTY_TALLY, rejectedRemoved: 0 };

/** What the run itself removed for the limits, and what is reported of earlier runs. */
export function untoldOf({ own, others }: RemovedBatches, report: Report | undefined): Untold {
  return {
    own,
    others: addTally(report?.others ?? EMPTY_TALLY, { expired: others }),
    rejectedRemoved: report?.rejectedRemoved ?? 0,
  };
}

/** What was not said at the end before: it may come again, when a later exit handler of the host measures something. */
export function untoldSince(all: Untold, said: Untold): Untold {
  return {
    own: all.own - said.own,
    others: subtractTally(all.others, said.others),
    rejectedRemoved: all.rejectedRemoved - said.rejectedRemoved,
  };
}
