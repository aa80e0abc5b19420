import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;
afterAll(() => directory.remove());

test('halves of one baseline are called degraded about as often as the budget says', async () => {
  const file = writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 40 });
  const ended = await runCommand(['runs', 'calibrate', '--baseline', file, '--json'], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const { runs, repetitions, share, budget } = JSON.parse(ended.stdout);
  expect([runs, repetitions, budget]).toEqual([120, 200, 0.05]);
  expect(share).toBeLessThan(0.1);
  const { stdout } = await runCommand(['runs', 'calibrate', '--baseline', file], { cwd });
  expect(stdout).toMatch(
    /^\d+ of 200 comparisons of halves of 120 runs call something degraded: .*; the budget is 5\.0 %\n/,
  );
});

test('too few runs end with 5, a file of another format with 1', async () => {
  const few = await runCommand(
    ['runs', 'calibrate', '--baseline', writeEvents(cwd, 'few.jsonl', { runs: 9, passed: 5 })],
    { cwd },
  );
  expect(few.code).toBe(5);
  expect(few.stdout).toContain('halves of 18 runs are too small to test anything');
  writeFileSync(join(cwd, 'other.csv'), 'a,b\n');
  const other = await runCommand('runs calibrate --baseline @other.csv', { cwd });
  expect([other.code, other.stdout]).toEqual([1, '']);
});
