/** The words for how a test ended, and for what became of a report. */

/** How one test ended. */
export type Outcome = 'passed' | 'failed' | 'error' | 'skipped';

/** Every outcome, in the order of the tables. */
export const OUTCOMES: readonly Outcome[] = ['passed', 'failed', 'error', 'skipped'];

/** Tests by how they ended. */
export type OutcomeCounts = { readonly [Name in Outcome]: number };

/**
 * What became of a report. `empty`: no test and none claimed. `hollow`: it claims tests and holds none. `malformed`: cut off,
 * badly nested, or no XML. `refused`: it declares entities, or goes beyond a limit that protects the reader. `foreign`: it is
 * XML, but no test report. `lost`: it was begun or expected, and is not there.
 */
export type ReportOutcome = 'read' | 'empty' | 'hollow' | 'malformed' | 'refused' | 'foreign' | 'lost';

/** Every report outcome, in the order of the tables. */
export const REPORT_OUTCOMES: readonly ReportOutcome[] = [
  'read',
  'empty',
  'hollow',
  'malformed',
  'refused',
  'foreign',
  'lost',
];

/** Whether the test is evidence that something is wrong. */
export function isBad(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'error';
}

/** No tests yet. */
export function noCounts(): { [Name in Outcome]: number } {
  return { passed: 0, failed: 0, error: 0, skipped: 0 };
}
