/** What two deliverers of a run did, one after the other. */
import { addTally, countLost } from '../../tally.ts';
import type { Report, UnspooledSettled } from '../messages.ts';

/** `before` is what the first had settled when the second took over the rest. */
export function addReports(before: Report | undefined, report: Report): Report;
export function addReports(before: Report | undefined, report: Report | undefined): Report | undefined;
export function addReports(before: Report | undefined, report: Report | undefined): Report | undefined {
  if (before === undefined || report === undefined) return report ?? before;
  const failure = report.failure ?? (isFailureOver(before, report) ? undefined : before.failure);
  const { failure: _, ...known } = { ...before, ...report };
  return {
    ...known,
    seen: before.seen + report.seen,
    tally: addTally(before.tally, report.tally),
    taken: before.taken + report.taken,
    unspooledSettled: addSettled(before.unspooledSettled, report.unspooledSettled),
    others: addTally(before.others, report.others),
    rejectedRemoved: before.rejectedRemoved + report.rejectedRemoved,
    lostDataPoints: before.lostDataPoints + report.lostDataPoints,
    // Attempts are numbered by whoever asks for them.
    attempt: Math.max(before.attempt, report.attempt),
    problems: [...new Set([...before.problems, ...report.problems])],
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The second was told of what the first had left open, and of all that came later, in the order of their numbers. */
function addSettled(before: UnspooledSettled, after: UnspooledSettled): UnspooledSettled {
  const untouched = before.open.filter((number) => number >= after.below);
  return { below: Math.max(before.below, after.below), open: [...untouched, ...after.open] };
}

/** A delivery says that what failed before works again; of batches that are gone, or another process's now, the reason stays. */
function isFailureOver({ tally, lostDataPoints, taken }: Report, after: Report): boolean {
  const explained = tally.rejected + countLost(tally) + lostDataPoints + taken + after.taken;
  return after.tally.delivered > 0 && explained === 0;
}
