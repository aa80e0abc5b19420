import type { MergeEvent, QuarantinedEvent } from './merge-event.ts';
import { quarantine } from './merge-event.ts';

/**
 * How far times may disagree before one is called wrong. Rates do not depend on times, so a merge is refused only
 * for what no honest row has: `now()` is the time at which a transaction began, so a row is as old as the work
 * before its transaction's first write.
 */
export const CLOCK_TOLERANCE_MS = 3_600_000;

/** What a time is held against. */
export interface ClockReference {
  /** `created_at` of the merge event read before. */
  readonly previous: string | null;
  /**
   * Whether that event was written later, though it was read first: it got its id later and its transaction is the older one,
   * or this one comes late. Then no clock went backwards.
   */
  readonly isWrittenBeforePrevious: boolean;
  /** The database's clock. */
  readonly now: string;
  readonly toleranceMs: number;
}

/**
 * Whether the time of a merge event can be true. The order of merges does not depend on times, so a small
 * disagreement is nothing: a transaction is stamped when it begins and ordered when it first writes. Only the
 * row at which the clock jumps is refused: the next one is held against it, not against the newest time ever.
 *
 * @returns undefined when all is well.
 */
export function clockFault(event: MergeEvent, reference: ClockReference): QuarantinedEvent | undefined {
  const { previous, isWrittenBeforePrevious, now, toleranceMs } = reference;
  const time = Date.parse(event.mergedAt);
  const tolerated = `clockToleranceMs is ${toleranceMs}`;
  // Said this way round for a year of five digits, which is no number of milliseconds at all.
  if (!(time <= Date.parse(now) + toleranceMs)) {
    const what = `its created_at ${event.mergedAt} is ahead of the database's clock ${now}; ${tolerated}`;
    return quarantine(event.row, 'clock-ahead', what);
  }
  if (previous !== null && !isWrittenBeforePrevious && time < Date.parse(previous) - toleranceMs) {
    const what = `its created_at ${event.mergedAt} is before the merge event before it, ${previous}; ${tolerated}`;
    return quarantine(event.row, 'clock-backwards', what);
  }
  return undefined;
}
