import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactSum, isSummable } from './exact-sum.ts';

function total(values: readonly (number | bigint)[]): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value();
}

describe('ExactSum', () => {
  it.each([
    [[], 0],
    [[0.1, 0.2, 0.3], 0.6],
    [[0.3, 0.2, 0.1], 0.6],
    [[1e16, 1, -1e16], 1],
    [[1e308, 1e-308, -1e308], 1e-308],
    [[2 ** 53, 1, 1], 2 ** 53 + 2],
    [[1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
    [[1, 2 ** -53, -(2 ** -106)], 1],
    [[9223372036854775807n, -9223372036854775806n], 1],
    [[-9223372036854775808n, 9223372036854775807n], -1],
  ])('%s is %d', (values, expected) => {
    expect(total(values)).toBe(expected);
  });

  it('is the same in any order', () => {
    const values = fc.array(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 900), max: 2 ** 900 }),
    );
    const shuffled = values.chain((each) =>
      fc.tuple(fc.constant(each), fc.shuffledSubarray(each, { minLength: each.length })),
    );
    fc.assert(
      fc.property(shuffled, ([some, other]) => {
        expect(total(some) + 0).toBe(total(other) + 0);
      }),
    );
  });

  it('is the exact sum of integers, rounded once', () => {
    const values = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    fc.assert(
      fc.property(values, (some) => {
        expect(total(some)).toBe(Number(some.reduce((a, b) => a + b, 0n)));
      }),
    );
  });

  it.each([
    [Number.NaN, false],
    [Infinity, false],
    [2 ** 970, false],
    [2 ** 969, true],
    [5n, true],
  ])('%s can be summed: %s', (value, expected) => {
    expect(isSummable(value)).toBe(expected);
  });
});
