import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearestRank, nearestRankBy, quantile } from './quantiles.ts';

const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 120 });

describe('the nearest rank', () => {
  test.each([
    [[...ones(95), ...Array(5).fill(9)], 95, 1],
    [[...ones(94), ...Array(6).fill(7)], 95, 7],
    [[3], 95, 3],
    [[4, 1, 2, 3], 50, 2],
    [[4, 1, 2, 3], 0, 1],
    [[4, 1, 2, 3], 100, 4],
    [[-5, -3, -4], 50, -4],
  ])('of %j at %d %% is %d', (given, percent, expected) => {
    expect(nearestRank(given, percent)).toBe(expected);
  });

  test('is what sorting everything gives', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (given, percent) => {
        const sorted = given.toSorted((left, right) => left - right);
        const expected = sorted[Math.ceil((given.length * percent) / 100) - 1];
        expect(nearestRank(given, percent)).toBe(expected);
        const items = given.map((attempts) => ({ attempts }));
        expect(nearestRankBy(items, percent, ({ attempts }) => attempts)).toBe(expected);
      }),
    );
  });
});

test.each([
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 2, 3], 0.5, 2.5],
  [[10, 20], 0, 10],
  [[10, 20], 1, 20],
  [[7], 0.99, 7],
])('the interpolated quantile of %j at %d is %d', (given, share, expected) => {
  expect(quantile(given, share)).toBe(expected);
});

test.each([
  [() => nearestRank([], 50), 'A quantile of 0 values does not exist'],
  [() => quantile([], 0.5), 'A quantile of 0 values does not exist'],
  [() => nearestRank([1], 101), 'The quantile is 101; it must be between 0 and 100'],
  [() => quantile([1], 95), 'The quantile is 95; it must be between 0 and 1'],
  [() => quantile([1], Number.NaN), 'The quantile is NaN'],
])('%s is refused', (ask, message) => {
  expect(ask).toThrow(message);
});

function ones(count: number): number[] {
  return Array(count).fill(1);
}
