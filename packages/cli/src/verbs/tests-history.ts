/** `ephemetry tests history TEST`: how a test went, run by run. */
import { readTestHistory, type TestPast } from '@ephemetry/test-results/history';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, defaulted, flag, optional, required } from '../command-line/option.ts';
import { text, wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { labelName } from '../configuration/config-option.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import { pastJson, TEST_PAST } from '../tests/flaky-json.ts';
import { HISTORY } from '../tests/history-options.ts';
import { findOneTest, TEST_HELP } from '../tests/one-test.ts';
import { lookInto } from '../tests/with-history.ts';

interface Values {
  readonly test: string;
  readonly history: string | undefined;
  readonly suite: string | undefined;
  readonly limit: number;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'tests history',
  summary: 'Show how a test went, the newest run first.',
  help: TEST_HELP,
  examples: ["ephemetry tests history 'tests/test_a.py::test_x' --history ./history --limit 20"],
  exits: { done: 'shown', failed: 'the history has no such test or several, or it cannot be read' },
  options: {
    test: argument(required('test', 'the name of the test', text)),
    history: HISTORY,
    suite: optional('name', 'the suite of the test', labelName(), 'all'),
    limit: defaulted('number', 'how many runs', wholeNumber(1, 1_000_000), 50),
    json: flag('print one JSON line for each run'),
  },
  json: TEST_PAST,
  run: showTest,
});

const COLUMNS: readonly Column[] = [
  { title: 'ENDED AT', align: 'left' },
  { title: 'OUTCOME', align: 'left' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'COMMIT', align: 'left' },
  { title: 'BRANCH', align: 'left' },
  { title: 'ENVIRONMENT', align: 'left' },
];

function showTest({ test, history: place, suite, limit, json }: Values, output: Output): Promise<ExitCode> {
  return lookInto(place, output, async (history) => {
    const found = await findOneTest(history, test, suite, output);
    if (found === undefined) return EXIT_CODE.failed;
    const past = await readTestHistory(history, found, limit);
    if (json) for (const each of past) output.printJson(pastJson(found, each));
    else output.printLines(textTable(COLUMNS, past.map(row)));
    return EXIT_CODE.done;
  });
}

function row({
  endUnixMs,
  outcome,
  isFlaky,
  attempts,
  commit,
  branch,
  environment,
}: TestPast): readonly string[] {
  return [
    new Date(endUnixMs).toISOString().slice(0, 19),
    isFlaky ? `${outcome}, flaky` : outcome,
    String(attempts),
    commit?.slice(0, 12) ?? 'unknown',
    branch,
    environment,
  ];
}
