/** What the reader makes of one report. */
import type { ReportTally } from '../judging/report-tally.ts';
import type { ReportOutcome } from '../outcome.ts';

/** What was read of a report. */
export interface ReadReport {
  readonly outcome: ReportOutcome;
  /** Why it is not read, in words. Quotes the report: hostile wherever it is shown. */
  readonly detail?: string;
  /** Characters that XML forbids, which were replaced. */
  readonly replacedCharacters: number;
  /** Of a report that is read. */
  readonly tally?: ReportTally;
  /** Of its runner, where the report tells it. */
  readonly runnerVersion?: string;
  /** When its first suite started; undefined when none of its suites says it. */
  readonly startUnixMs?: number;
  /** When its last suite ended. */
  readonly endUnixMs?: number;
}
