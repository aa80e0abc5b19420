/** Reports that real runners write: those that come with Node and with this project. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, it } from 'vitest';
import { collectRun, judgeRun, type Run } from '../src/index.ts';

const VITEST = join(import.meta.dirname, '..', '..', '..', 'node_modules', 'vitest', 'vitest.mjs');

/** One that passes, one that fails, one that is skipped, and two of one name. */
const tests = (imported: string): string => `${imported}
import assert from 'node:assert';
describe('a suite', () => {
  test('passes', () => {});
  test('fails & says <why>', () => assert.fail('\\u0007 ]]> <b>'));
  test.skip('is skipped', () => {});
  test('has a namesake', () => {});
  test('has a namesake', () => {});
});
`;

function judged(directory: string): Run {
  const { reports } = collectRun([join(directory, 'junit.xml')], { categoryOf: () => 0 });
  expect(reports.map(({ outcome, detail }) => [outcome, detail])).toEqual([['read', undefined]]);
  return judgeRun(reports, { lost: 0, categories: ['unknown'] });
}

const COUNTS = { results: { passed: 3, failed: 1, error: 0, skipped: 1 }, retried: 0, flaky: 0 };

it('node --test', () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'a.test.mjs'), tests("import { describe, test } from 'node:test';"));
  const destination = '--test-reporter-destination=junit.xml';
  const args = ['--test', '--test-reporter=junit', destination, 'a.test.mjs'];
  const env = { PATH: process.env['PATH'] };
  expect(spawnSync(process.execPath, args, { cwd: directory.path, env }).status).toBe(1);
  expect(judged(directory.path)).toMatchObject(COUNTS);
});

it('Vitest', () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'a.test.mjs'), tests(''));
  const args = [
    VITEST,
    'run',
    '--globals',
    '--reporter=junit',
    '--outputFile=junit.xml',
    '--root',
    directory.path,
  ];
  const env = { PATH: process.env['PATH'] };
  expect(spawnSync(process.execPath, args, { cwd: directory.path, env }).status).toBe(1);
  const run = judged(directory.path);
  expect(run).toMatchObject(COUNTS);
  expect(run.notable).toMatchObject([{ file: 'a.test.mjs', outcome: 'failed' }]);
});
