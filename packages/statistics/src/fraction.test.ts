import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareFractions, toNumber } from './fraction.ts';

const fractions = fc.record({
  numerator: fc.nat(1_000_000),
  denominator: fc.integer({ min: 1, max: 1_000_000 }),
});

test('comparing is exact where floating point is not', () => {
  expect(compareFractions({ numerator: 3, denominator: 10 }, { numerator: 30, denominator: 100 })).toBe(0);
  expect(0.1 + 0.2).not.toBe(0.3);
});

test('fractions that are scaled are equal, and the order is that of their numbers', () => {
  fc.assert(
    fc.property(fractions, fractions, fc.integer({ min: 1, max: 1_000 }), (left, right, scale) => {
      const scaled = { numerator: left.numerator * scale, denominator: left.denominator * scale };
      expect(compareFractions(left, scaled)).toBe(0);
      if (toNumber(left) < toNumber(right)) expect(compareFractions(left, right)).toBeLessThan(0);
    }),
  );
});
