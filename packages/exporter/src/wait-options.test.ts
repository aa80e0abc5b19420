import { expect, test } from 'vitest';
import { waitOf } from './wait-options.ts';

function asked(given: unknown): { waitMs: number; said: string[] } {
  const said: string[] = [];
  return { waitMs: waitOf('flush', given, (problem) => said.push(problem)), said };
}

test.each([
  [undefined, 10_000],
  [null, 10_000],
  [{}, 10_000],
  [{ timeoutMs: undefined }, 10_000],
  [{ timeoutMs: null }, 10_000],
  [{ timeoutMs: 0 }, 0],
  [{ timeoutMs: 0.5 }, 0.5],
  [{ timeoutMs: 2 ** 31 - 1 }, 2 ** 31 - 1],
])('%j is a wait, and nothing is said', (given, waitMs) => {
  expect(asked(given)).toEqual({ waitMs, said: [] });
});

const unreadable = {
  get timeoutMs(): number {
    throw new Error('on purpose');
  },
};

test.each([
  [{ timeoutMs: Number.NaN }, 'NaN'],
  [{ timeoutMs: -1 }, '-1'],
  [{ timeoutMs: Number.POSITIVE_INFINITY }, 'Infinity'],
  [{ timeoutMs: 2 ** 31 }, '2147483648'],
  [{ timeoutMs: '500' }, '"500"'],
  [{ timeoutMs: 500n }, '500'],
  [{ timeoutMs: Object.create(null) }, 'a value that cannot be turned into text'],
  [{ timeoutMs: 'x'.repeat(1000) }, `"${'x'.repeat(100)}"`],
  [unreadable, '"unreadable: Error: on purpose"'],
  [500, '500'],
  ['500', '"500"'],
])('of anything else it is said what it is, what is allowed and where: %#', (given, shown) => {
  const { waitMs, said } = asked(given);
  expect(waitMs).toBe(10_000);
  expect(said).toEqual([
    `flush: timeoutMs is ${shown}; allowed: a number of milliseconds from 0 to 2147483647, as in flush({ timeoutMs: 10000 }). Using 10000`,
  ]);
});
