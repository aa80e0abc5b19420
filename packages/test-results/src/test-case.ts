/** One `testcase` element as its report has it: what the reader makes, and what is judged. */
import type { Outcome } from './outcome.ts';

/** What names a test. Texts come from the report: they are hostile wherever they are shown. */
export interface TestName {
  /** Path of the file that holds the test, where the report tells it; empty where it does not. */
  readonly file: string;
  readonly className: string;
  readonly name: string;
}

/** An attempt that a report tells inside of the case of another one. */
export interface InnerAttempt {
  /** `flaky`: the test passed in the end. `rerun`: it did not. */
  readonly kind: 'flaky' | 'rerun';
  readonly outcome: 'failed' | 'error';
  /** Undefined where it is not known. */
  readonly seconds: number | undefined;
}

/** One case. */
export interface TestCase extends TestName {
  readonly line: string;
  readonly outcome: Outcome;
  /** Nothing says how it ended: it passed, unless its runner writes failed attempts so. */
  readonly isEmpty: boolean;
  /** An error that pytest met while it cleaned up behind the test. */
  readonly isTeardownError: boolean;
  /** Undefined where the time is missing, negative, not a number or above 7 days. */
  readonly seconds: number | undefined;
  readonly innerAttempts: readonly InnerAttempt[];
}
