/** Reports that other runners wrote, see `recorded/README.md`, against what really happened. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectRun, judgeRun, type Run } from '../src/index.ts';

function recorded(...names: readonly string[]): Run & { readonly runners: readonly unknown[] } {
  const paths = names.map((name) => join(import.meta.dirname, 'recorded', name));
  const { reports } = collectRun(paths, { categoryOf: () => 0 });
  const run = judgeRun(reports, { lost: 0, categories: ['unknown'] });
  return { ...run, runners: reports.map(({ tally }) => tally?.runner) };
}

it('Jest: a file that cannot be run is one errored test, and what was retried until it passed has passed', () => {
  const run = recorded('jest-junit-17.xml');
  expect(run).toMatchObject({
    runners: ['jest'],
    results: { passed: 7, failed: 1, error: 1, skipped: 1 },
    // It writes the last attempt alone.
    ...{ retried: 0, flaky: 0, unknownDurations: 0 },
    // A suite that was never begun began in 1970, it says.
    startUnixMs: Date.parse('2026-11-29T12:32:09Z'),
  });
  expect(run.notable).toMatchObject([
    { file: 'src/cart.test.js', name: 'a cart adds <up> & "rounds"', outcome: 'failed' },
    { file: 'src/broken.test.js', outcome: 'error', attempts: 1 },
  ]);
});

it('gotestsum: failures of a retried test come first, and each test counts once', () => {
  const run = recorded('gotestsum-1.13-retried.xml');
  expect(run).toMatchObject({
    runners: ['gotestsum'],
    results: { passed: 5, failed: 1, error: 0, skipped: 1 },
    ...{ retried: 2, flaky: 1 },
  });
  expect(run.notable).toMatchObject([
    { name: 'TestFails', outcome: 'failed', attempts: 3, isFlaky: false },
    { name: 'TestFlaky', outcome: 'passed', attempts: 2, isFlaky: true },
  ]);
});

it('gotestsum: a package that does not build is one failed test', () => {
  expect(recorded('gotestsum-1.13-broken.xml')).toMatchObject({
    results: { passed: 4, failed: 3, error: 0, skipped: 1 },
    ...{ retried: 0, flaky: 0, startUnixMs: Date.parse('2026-11-29T12:34:54Z') },
  });
});

it('nextest: attempts stand inside of their test, which may fail and be flaky at once', () => {
  const run = recorded('nextest.xml');
  expect(run).toMatchObject({
    runners: ['nextest'],
    results: { passed: 2, failed: 2, error: 1, skipped: 0 },
    ...{ retried: 3, flaky: 2, unknownDurations: 0 },
    startUnixMs: Date.parse('2026-03-03T15:35:44.168Z'),
    wallSeconds: 0.112,
  });
  expect(run.notable).toMatchObject([
    { name: 'passes_at_the_third', outcome: 'passed', attempts: 3, isFlaky: true },
    { name: 'fails_each_time', outcome: 'failed', attempts: 2, isFlaky: false },
    { name: 'passes_and_counts_as_failed', outcome: 'failed', attempts: 2, isFlaky: true },
    { name: 'is_killed', outcome: 'error' },
  ]);
});
