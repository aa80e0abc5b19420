import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectRun, judgeRun, type Run } from '../src/index.ts';
import { installed, runPytest } from './pytest-programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'pytest-'));
beforeAll(() => void installed(), 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, lines: readonly string[]): string {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return name;
}

function judged(path: string): Run {
  const { reports, lost } = collectRun([path], { categoryOf: () => 0 });
  return judgeRun(reports, { lost: lost.length, categories: ['unknown'] });
}

const FAILS_ONCE = (mark: string) => [
  'import os',
  'def test_flaky():',
  `    first = not os.path.exists('${mark}')`,
  `    open('${mark}', 'w').close()`,
  '    assert not first',
];

it('pytest-rerunfailures: a test that fails once and one that always fails are one test each', () => {
  write('test_rerun.py', [
    ...FAILS_ONCE('rerun.mark'),
    'def test_bad(): assert False',
    'def test_ok(): pass',
  ]);
  expect(runPytest(folder, ['--reruns=2', '--junitxml=rerun.xml', 'test_rerun.py'])).toBe(1);
  const run = judged(join(folder, 'rerun.xml'));
  expect(run).toMatchObject({ results: { passed: 2, failed: 1, error: 0 }, retried: 2, flaky: 1 });
}, 60_000);

it('pytest-xdist with --dist=each: every worker has tests of its own', () => {
  write('test_each.py', ['def test_a(): pass', 'def test_b(): pass']);
  expect(runPytest(folder, ['-n2', '--dist=each', '--junitxml=each.xml', 'test_each.py'])).toBe(0);
  expect(judged(join(folder, 'each.xml'))).toMatchObject({ results: { passed: 4 }, retried: 0, flaky: 0 });
}, 60_000);

function useFragment(into: string): void {
  const own = join(import.meta.dirname, '..', 'conftest', 'ephemetry_reports.py');
  copyFileSync(own, join(into, 'ephemetry_reports.py'));
  writeFileSync(join(into, 'conftest.py'), 'pytest_plugins = ["ephemetry_reports"]\n');
}

it('the shipped fragment: a report for each process and attempt, and the mark of one that is killed', () => {
  useFragment(folder);
  write('test_flaky.py', FAILS_ONCE('flaky.mark'));
  write('test_killed.py', ['import os, signal', 'def test_k(): os.kill(os.getpid(), signal.SIGKILL)']);
  const reports = join(folder, 'reports');
  const codes = ['test_flaky.py', 'test_flaky.py', 'test_killed.py'].map((file) =>
    runPytest(folder, [file], { EPHEMETRY_REPORTS: reports }),
  );
  expect(codes).toEqual([1, 0, null]);
  expect(readdirSync(reports).filter((name) => name.endsWith('.started'))).toHaveLength(1);
  expect(judged(reports)).toMatchObject({
    result: 'incomplete',
    results: { passed: 1, failed: 0 },
    flaky: 1,
    reports: { read: 2, lost: 1 },
  });
}, 60_000);

it.each([
  ['beside the folder', 'junit.xml', true],
  ['in the folder', 'reports/junit.xml', false],
])(
  'the shipped fragment with --junitxml %s in addopts: no process overwrites the report of another',
  (_where, asked, isWritten) => {
    const own = mkdtempSync(join(folder, 'addopts-'));
    useFragment(own);
    writeFileSync(join(own, 'pytest.ini'), `[pytest]\naddopts = --junitxml=${asked}\n`);
    writeFileSync(join(own, 'test_a.py'), 'def test_a(): assert False\n');
    writeFileSync(join(own, 'test_b.py'), 'def test_b(): pass\n');
    writeFileSync(
      join(own, 'test_c.py'),
      'import os, signal\ndef test_c(): os.kill(os.getpid(), signal.SIGKILL)\n',
    );
    const reports = join(own, 'reports');
    mkdirSync(reports);
    // A report of a run before is none of this one.
    writeFileSync(join(own, 'junit.xml'), '<testsuite/>');
    const codes = ['test_a.py', 'test_c.py', 'test_b.py'].map((file) =>
      runPytest(own, [file], { EPHEMETRY_REPORTS: 'reports' }),
    );
    expect(codes).toEqual([1, null, 0]);
    expect(judged(reports)).toMatchObject({
      result: 'incomplete',
      results: { passed: 1, failed: 1 },
      retried: 0,
      reports: { read: 2, lost: 1 },
    });
    expect(existsSync(join(own, asked))).toBe(isWritten);
    if (isWritten) expect(judged(join(own, asked))).toMatchObject({ results: { passed: 1, failed: 0 } });
  },
  60_000,
);
