/** The demo finds what is planted in the month, and nothing else. */
import { join } from 'node:path';
import { runProgram } from '@ephemetry/testing';
import { expect, test } from 'vitest';

test('the planted regression is found and explained, and the gate closes', async () => {
  const { stdout, stderr, code } = await runProgram(join(import.meta.dirname, 'demo.ts'));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^degraded: success of all runs -\d+\.\d points/m);
  expect(stdout).toMatch(/^ {2}-\d+\.\d points {2}GET <\*> timed out after <\*> \(search\)$/m);
  expect(stdout).toMatch(
    /new {2}\+\d\.\d points, 0 -> \d+ runs {2}tool_rejected: payment amount <\*> does not add up \(book\)/,
  );
  expect(stdout).toContain(
    'hint: calls that succeed are far below the limit: calls that fail end after 30 s; of those',
  );
  expect(stdout).toContain(
    'hint: one scenario meets a rule of the tool: 20 of its 20 runs are of scenario "scenario-8"',
  );
  expect(stdout).toContain('a mistaken unit');
  expect(stdout).toContain('after.jsonl: 24 events came again, and count once');
  expect(stdout).toContain('after.jsonl: 6 runs have events after their end; they count');
  expect(stdout).toContain('exit code 4: the gate is closed');
  // Every failure that is new or more is one of the two planted ones.
  expect(stdout.match(/^ {2}f1-[0-9a-f]{12} {2}(new|more)/gm)).toHaveLength(2);
});
