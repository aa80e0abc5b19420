/** What a second case of one name means, by the runner that wrote it. */
import type { Runner } from '../reading/runner.ts';
import type { TestCase } from '../test-case.ts';
import { emptyFailed, laterDecides, outcomeIn, passDecides } from './test-state.ts';

/** How `--same-id` overrides what is known of the runner. */
export type SameId = 'retry' | 'separate';

/** A rule for the cases of one report. */
export interface RetryRule {
  /**
   * Which cases are the same test: those of one name, those of one name at one line of a file if not all of them end alike, or
   * none.
   */
  readonly same: 'name' | 'place' | 'none';
  /** Whether a test of another report of the run with the same name is the same test. */
  readonly acrossReports: boolean;
  /** What two cases of the same test say together. */
  readonly merge: (earlier: number, later: number, laterCase: TestCase) => number;
}

/** The rule of a runner. */
export function retryRule(runner: Runner, sameId?: SameId): RetryRule {
  if (sameId === 'separate') return SEPARATE;
  if (runner === 'pytest') return PYTEST;
  if (runner === 'gotestsum') return sameId === 'retry' ? { ...GOTESTSUM, acrossReports: true } : GOTESTSUM;
  return sameId === 'retry' ? RETRY : SAME_PLACE;
}

const SEPARATE: RetryRule = { same: 'none', acrossReports: false, merge: laterDecides };

const RETRY: RetryRule = { same: 'name', acrossReports: true, merge: laterDecides };

/**
 * A failed call and the error of cleaning up behind it are two cases of one failed test. Any other repetition is a retry;
 * pytest-rerunfailures and flaky write the attempts that failed as cases without content.
 */
const PYTEST: RetryRule = {
  same: 'name',
  acrossReports: true,
  merge: (earlier, later, { isTeardownError }) =>
    isTeardownError && outcomeIn(earlier) === 'failed' ? earlier : laterDecides(emptyFailed(earlier), later),
};

/** It lists the failures of a test before the passes, whatever came first. */
const GOTESTSUM: RetryRule = { same: 'name', acrossReports: false, merge: passDecides };

/** Two tests of one name are common; at one line of one file they are one test, if they end differently. */
const SAME_PLACE: RetryRule = { same: 'place', acrossReports: false, merge: laterDecides };
