/** The one test that somebody means. */
import { findTests, type History, type NamedTest } from '@ephemetry/test-results/history';
import type { Output } from '../terminal/output.ts';
import { testTitle } from './run-lines.ts';

const SHOWN = 10;

/** How tests are named, for help. */
export const TEST_HELP =
  'A test is named by its name, or by its class or file and its name: `tests.test_a › test_x`, `tests/test_a.py::test_x`. The history knows the names of tests that failed or were retried in a run that it keeps.';

/** @returns undefined when there is none, or several, which was told */
export async function findOneTest(
  history: History,
  wanted: string,
  suite: string | undefined,
  output: Output,
): Promise<NamedTest | undefined> {
  const found = await findTests(history, wanted, suite);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    output.printError(
      `no test is called ${JSON.stringify(wanted)}; known are tests that failed or were retried in the last 30 days\n`,
    );
    return undefined;
  }
  output.printError(`${found.length} tests are called so; name one with its class or file, and --suite:\n`);
  for (const test of found.slice(0, SHOWN)) output.printError(`  ${test.suite}: ${testTitle(test)}\n`);
  return undefined;
}
