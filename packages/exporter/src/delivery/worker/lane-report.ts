/** What a lane tells of its batches: its part of the report. */
import { EMPTY_TALLY } from '../../tally.ts';
import type { Report } from '../messages.ts';

/** What a lane knows of the report. */
export type LaneReport = Omit<Report, 'isDraining' | 'problems' | 'drain' | 'endpoint' | 'rejectedRemoved'>;

/** A report of a lane that was told of nothing. */
export const NO_LANE_REPORT: LaneReport = {
  seen: 0,
  tally: EMPTY_TALLY,
  taken: 0,
  others: EMPTY_TALLY,
  unspooledSettled: { below: 0, open: [] },
  lostDataPoints: 0,
  attempt: 0,
};
