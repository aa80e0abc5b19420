import { expect, test } from 'vitest';
import { assertTotals } from './assert-totals.ts';
import { requestBody } from './fixtures/request-body.ts';
import { readLines, readTotals } from './read-totals.ts';

const lines = `${requestBody({ sequence: 1 })}\n${requestBody({ sequence: 2 })}\n`;

test('merges OTLP JSON Lines', () => {
  assertTotals(readTotals(lines), {
    counters: { runs_total: { 'role=critic,transport=cli': 2 } },
    batches: 2,
  });
  expect(readTotals('').batches).toBe(0);
});

test('gives a half-written line as data, and does not pass over it in totals', () => {
  const torn = lines.slice(0, -10);
  expect(readLines(torn)).toMatchObject({ batches: [{ sequence: 1 }], unreadable: [{ reason: /JSON/ }] });
  expect(() => readTotals(torn)).toThrow('1 unreadable lines; the first: body must be JSON');
});
