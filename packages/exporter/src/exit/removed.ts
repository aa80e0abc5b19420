/** Batches that left the spool undelivered and that the verdict does not tell of: the line at the end does. */
import type { Report } from '../delivery/messages.ts';
import type { RemovedBatches } from '../spool/run-spool.ts';

/** What became of batches that the verdict does not tell of. */
export interface Removed extends RemovedBatches {
  /** Of earlier runs: refused when this run drained them. */
  readonly othersRejected: number;
  /** Rejected earlier, and removed from `rejected/` for newer ones. */
  readonly rejectedRemoved: number;
  /** Half-written lines of killed runs, removed with their files. */
  readonly tornLines: number;
}

export const NOTHING_REMOVED: Removed = {
  own: 0,
  others: 0,
  othersRejected: 0,
  rejectedRemoved: 0,
  tornLines: 0,
};

/** What the run itself removed for the limits, and what its thread reports. */
export function removedBy({ own, others }: RemovedBatches, report: Report | undefined): Removed {
  const { rejected = 0, expired = 0, rejectedRemoved = 0, skippedLines = 0 } = report?.givenUp ?? {};
  return {
    own,
    others: others + (report?.expired ?? 0) + expired,
    othersRejected: rejected,
    rejectedRemoved,
    tornLines: skippedLines,
  };
}

/** What was not said at the end before: it may come again, when a later exit handler of the host measures something. */
export function removedSince(all: Removed, said: Removed): Removed {
  return {
    own: all.own - said.own,
    others: all.others - said.others,
    othersRejected: all.othersRejected - said.othersRejected,
    rejectedRemoved: all.rejectedRemoved - said.rejectedRemoved,
    tornLines: all.tornLines - said.tornLines,
  };
}
