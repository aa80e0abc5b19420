/** A month of a busy suite in the history: how large it is, and how long the question for flaky tests takes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { judgeRun, type Run, type RunTests, readReport } from '@ephemetry/test-results';
import { openHistory, readFlaky, rememberRun } from '@ephemetry/test-results/history';
import { type Figure, medianOf } from '../../scripts/figure.ts';

const TESTS = 17_000;
const DAYS = 30;
const RUNS_A_DAY = 50;
const RUNS_A_COMMIT = 5;
const SKIPPED = 500;
/** Each fails in one run of fifty. */
const FLAKY = 20;
const ASKED = 7;
const DAY_MS = 86_400_000;

/** Writes the month and asks. */
export async function measureHistory(directory: string, share: number): Promise<readonly Figure[]> {
  const place = join(directory, 'month');
  const history = await openHistory(place, { version: '0.0.0' });
  if (!('kysely' in history)) throw new Error(history.message);
  const base = judged();
  const now = Date.UTC(2026, 10, 30);
  const runs = DAYS * RUNS_A_DAY * share;
  for (let number = 0; number < runs; number++) {
    const endUnixMs = now - ((runs - number) / runs) * DAYS * DAY_MS + 1000;
    await rememberRun(
      history,
      withFailures(base, number),
      {
        identity: `run ${number}`,
        suite: 'app',
        environment: 'linux x64',
        commit: `commit ${Math.floor(number / RUNS_A_COMMIT)}`,
        branch: 'default',
        endUnixMs,
        categories: ['unknown'],
      },
      { now: () => endUnixMs },
    );
  }
  const times: number[] = [];
  for (let round = 0; round < ASKED; round++) {
    const startedAt = performance.now();
    const { tests } = await readFlaky(history, { suite: 'app', now: () => now });
    times.push(performance.now() - startedAt);
    if (tests.length === 0) throw new Error('no test of the month is flaky');
  }
  await history.close();
  return [
    {
      name: 'tests.history.size',
      meaning: 'the history of 30 days of 50 runs a day of 17,000 tests, in SQLite',
      unit: 'MB',
      value: statSync(join(place, 'tests.sqlite')).size / 1e6,
      bar: { limit: 150, goFor: 40 },
    },
    {
      name: 'tests.history.flaky',
      meaning: 'asking it for the flaky tests',
      unit: 'ms',
      value: medianOf(times),
      bar: { limit: 300, goFor: 50 },
    },
  ];
}

/** One test failed, so many were skipped, all others passed. */
function judged(): Run {
  const cases = Array.from({ length: TESTS }, (_, test) => {
    const inside = test === 0 ? '<failure/>' : test <= SKIPPED ? '<skipped/>' : '';
    return `<testcase classname="tests.test_a" name="test_${test}" time="0.1">${inside}</testcase>`;
  });
  const xml = `<testsuites name="pytest tests"><testsuite name="pytest">${cases.join('')}</testsuite></testsuites>`;
  const report = readReport([Buffer.from(xml)], { categoryOf: () => 0 });
  return judgeRun([{ ...report, path: '', modifiedUnixMs: 0 }], { lost: 0, categories: ['unknown'] });
}

/** The same run, in which some of the flaky tests failed. */
function withFailures(base: Run, seed: number): Run {
  const failed = new Set<number>();
  for (let flaky = 0; flaky < FLAKY; flaky++)
    if ((seed * 31 + flaky * 17) % 50 === 0) failed.add(SKIPPED + 1 + flaky * 100);
  const states: RunTests = {
    size: base.tests.size,
    fingerprintAt: (index) => base.tests.fingerprintAt(index),
    stateAt: (index) => base.tests.stateAt(failed.has(index) ? 0 : index === 0 ? SKIPPED + 1 : index),
  };
  const named = [...failed].map(
    (index) =>
      [index, { file: 'tests/test_a.py', className: 'tests.test_a', name: `test_${index}` }] as const,
  );
  return { ...base, tests: states, names: new Map(named) };
}
