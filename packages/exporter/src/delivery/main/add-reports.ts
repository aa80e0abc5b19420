/** What two deliverers of a run did, one after the other. */
import type { GivenUp, Report } from '../messages.ts';

/** `before` is what the first had settled when the second took over the rest. */
export function addReports(before: Report | undefined, report: Report): Report;
export function addReports(before: Report | undefined, report: Report | undefined): Report | undefined;
export function addReports(before: Report | undefined, report: Report | undefined): Report | undefined {
  if (before === undefined || report === undefined) return report ?? before;
  const givenUp = addGivenUp(before.givenUp, report.givenUp);
  const failure = report.failure ?? (isFailureOver(before, report) ? undefined : before.failure);
  const { failure: _, ...known } = { ...before, ...report };
  return {
    ...known,
    seen: before.seen + report.seen,
    delivered: before.delivered + report.delivered,
    rejected: before.rejected + report.rejected,
    taken: before.taken + report.taken,
    lost: before.lost + report.lost,
    inDoubt: before.inDoubt + report.inDoubt,
    abandoned: before.abandoned + report.abandoned,
    unspooledSettled: before.unspooledSettled + report.unspooledSettled,
    expired: before.expired + report.expired,
    lostDataPoints: before.lostDataPoints + report.lostDataPoints,
    // Attempts are numbered by whoever asks for them.
    attempt: Math.max(before.attempt, report.attempt),
    problems: [...new Set([...before.problems, ...report.problems])],
    ...(givenUp === undefined ? {} : { givenUp }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** A delivery says that what failed before works again; of batches that are gone the reason stays. */
function isFailureOver({ rejected, lost, lostDataPoints, taken }: Report, { delivered }: Report): boolean {
  return delivered > 0 && rejected + lost + lostDataPoints + taken === 0;
}

function addGivenUp(before: GivenUp | undefined, after: GivenUp | undefined): GivenUp | undefined {
  if (before === undefined || after === undefined) return after ?? before;
  return {
    rejected: before.rejected + after.rejected,
    expired: before.expired + after.expired,
    skippedLines: before.skippedLines + after.skippedLines,
    rejectedRemoved: before.rejectedRemoved + after.rejectedRemoved,
  };
}
