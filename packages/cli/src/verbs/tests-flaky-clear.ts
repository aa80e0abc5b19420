/** `ephemetry tests flaky clear TEST`: what showed until now that a test is flaky does not count any more. */
import { clearFlaky } from '@ephemetry/test-results/history';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, optional, required } from '../command-line/option.ts';
import { text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { labelName } from '../configuration/config-option.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { HISTORY } from '../tests/history-options.ts';
import { findOneTest, TEST_HELP } from '../tests/one-test.ts';
import { testTitle } from '../tests/run-lines.ts';
import { lookInto } from '../tests/with-history.ts';

interface Values {
  readonly test: string;
  readonly history: string | undefined;
  readonly suite: string | undefined;
}

export const verb: Verb = defineVerb<Values>({
  name: 'tests flaky clear',
  summary: 'Say that a flaky test was mended: only what it does from now on counts.',
  help: `${TEST_HELP} It is cleared in all environments. The number of flaky tests follows with the next run that is reported.`,
  examples: ["ephemetry tests flaky clear 'tests.test_a › test_x' --history ./history --suite app"],
  exits: { done: 'cleared', failed: 'the history has no such test or several, or it cannot be written' },
  options: {
    test: argument(required('test', 'the name of the test', text)),
    history: HISTORY,
    suite: optional('name', 'the suite of the test', labelName(), 'all'),
  },
  run: clear,
});

function clear({ test, history: place, suite }: Values, output: Output): Promise<ExitCode> {
  return lookInto(place, output, async (history) => {
    const found = await findOneTest(history, test, suite, output);
    if (found === undefined) return EXIT_CODE.failed;
    await clearFlaky(history, found);
    output.print(`cleared: ${found.suite}: ${testTitle(found)}\n`);
    return EXIT_CODE.done;
  });
}
