/** `ephemetry tests flaky`: which tests are flaky now, and what shows it. */
import { type FlakyTest, readFlaky } from '@ephemetry/test-results/history';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, flag, optional } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { labelName } from '../configuration/config-option.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import { FLAKY_TEST, flakyJson } from '../tests/flaky-json.ts';
import { HISTORY, WINDOW } from '../tests/history-options.ts';
import { testTitle } from '../tests/run-lines.ts';
import { lookInto } from '../tests/with-history.ts';

interface Values {
  readonly history: string | undefined;
  readonly suite: string | undefined;
  readonly window: number | undefined;
  readonly limit: number;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'tests flaky',
  summary: 'List the tests that are flaky now, the worst first, with what shows it.',
  help: `A test is flaky when it passed and failed on one commit in one environment: by a retry, or in two runs. It ends after the window, or after 50 runs on later commits in which it ran and did not flip, or by \`ephemetry tests flaky clear\`.

Where no commit ran twice and no test was retried, nothing could be seen: the suite is named on standard error.

SHARE is the commits on which it flipped, of those on which it ran, with a 95 % Wilson interval; the list is in the order of its lower end.`,
  examples: [
    'ephemetry tests flaky --history ./history',
    'ephemetry tests flaky --history ./history --suite app --window 7 --json',
  ],
  exits: { done: 'shown, also when there are none', failed: 'there is no history, or it cannot be read' },
  options: {
    history: HISTORY,
    suite: optional('name', 'one suite', labelName(), 'all'),
    window: WINDOW,
    limit: defaulted('number', 'how many tests', wholeNumber(1, 1_000_000), 50),
    json: flag('print one JSON line for each test'),
  },
  json: FLAKY_TEST,
  run: showFlaky,
});

const COLUMNS: readonly Column[] = [
  { title: 'SHARE', align: 'right' },
  { title: '95 %', align: 'left' },
  { title: 'FLIPS', align: 'right' },
  { title: 'COMMITS', align: 'right' },
  { title: 'RUNS', align: 'right' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'LAST', align: 'left' },
  { title: 'SUITE', align: 'left' },
  { title: 'ENVIRONMENT', align: 'left' },
  { title: 'TEST', align: 'left' },
];

function showFlaky(
  { history: place, suite, window, limit, json }: Values,
  output: Output,
): Promise<ExitCode> {
  return lookInto(place, output, async (history) => {
    const { tests, unseen } = await readFlaky(history, present({ suite, windowDays: window }));
    for (const each of unseen)
      output.printError(
        `${each}: whether tests are flaky cannot be known: no commit ran twice, and no test was retried\n`,
      );
    const shown = tests.slice(0, limit);
    if (json) for (const test of shown) output.printJson(flakyJson(test));
    else if (tests.length === 0)
      output.print(unseen.length === 0 ? 'no test is flaky\n' : 'no flaky test is known\n');
    else output.printLines(textTable(COLUMNS, shown.map(row)));
    if (tests.length > shown.length)
      output.printError(`and ${tests.length - shown.length} more: see --limit\n`);
    return EXIT_CODE.done;
  });
}

function row(test: FlakyTest): readonly string[] {
  const { flips, commits, runs, attempts, interval, lastFlipUnixMs, suite, environment } = test;
  return [
    percent(flips / commits),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    ...[flips, commits, runs, attempts].map(String),
    new Date(lastFlipUnixMs).toISOString().slice(0, 16),
    suite,
    environment,
    test.name === '' ? '(its name was not kept)' : testTitle(test),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
