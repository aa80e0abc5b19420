import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReferenceSum } from './reference-sum.ts';

function sum(terms: readonly (bigint | number)[]): number {
  const exact = new ReferenceSum();
  for (const term of terms) exact.add(term);
  return exact.value();
}

test.each<[readonly (bigint | number)[], number]>([
  [[], 0],
  [[0.1, 0.2, -0.1, 5n], 5.2],
  [[1e100, 1, -1e100], 1],
  [Array.from({ length: 10 }, () => 0.1), 1],
  [[2 ** 53, 1, 2 ** -20], 2 ** 53 + 2],
  [[2 ** 53, 1], 2 ** 53],
  [[2 ** 53, 1, 2 ** -60], 2 ** 53 + 2],
])('adds %o to %d', (terms, expected) => {
  expect(sum(terms)).toBe(expected);
});

test('agrees with the exact fraction, in any order', () => {
  const dyadic = fc
    .integer({ min: -(2 ** 40), max: 2 ** 40 })
    .chain((n) => fc.integer({ min: -30, max: 30 }).map((e) => n * 2 ** e));
  fc.assert(
    fc.property(fc.array(dyadic), (terms) => {
      // Every term is a multiple of 2^-30: integers hold the sum exactly, and Number() rounds it once.
      const scaled = terms.reduce((total, term) => total + BigInt(term * 2 ** 30), 0n);
      expect(sum(terms) + 0).toBe(Number(scaled) / 2 ** 30 + 0);
      expect(sum([...terms].reverse())).toBe(sum(terms));
    }),
  );
});
