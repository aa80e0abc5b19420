import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INDEPENDENT } from './dispersion.ts';
import type { RateStratum } from './rate-stratum.ts';
import { reachesPoints, riskDifference } from './risk-difference.ts';

const stratum = (x1: number, n1: number, x0: number, n0: number): RateStratum => ({
  baseline: { events: x0, n: n0 },
  current: { events: x1, n: n1 },
});

describe('one stratum has the interval of Newcombe (1998), table II, method 10', () => {
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('%i/%i - %i/%i', (x1, n1, x0, n0, low, high) => {
    const { interval } = riskDifference([stratum(x1, n1, x0, n0)]);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});

test('the estimate is the weighted mean of the strata, the variance that of Sato by its definition', () => {
  // Migraine, SAS/STAT PROC FREQ: active against placebo, women and men.
  const strata = [stratum(16, 27, 5, 25), stratum(12, 28, 7, 26)];
  const weights = [(27 * 25) / 52, (28 * 26) / 54];
  const differences = [16 / 27 - 5 / 25, 12 / 28 - 7 / 26];
  const [w1 = 0, w2 = 0] = weights;
  const [d1 = 0, d2 = 0] = differences;
  const { estimate, standardError, interval } = riskDifference(strata);
  expect(estimate).toBeCloseTo((w1 * d1 + w2 * d2) / (w1 + w2), 12);
  // The variance that each stratum's proportions give by themselves is close to it for large strata.
  const variance = (x: number, n: number): number => ((x / n) * (1 - x / n)) / n;
  const crude =
    (w1 ** 2 * (variance(16, 27) + variance(5, 25)) + w2 ** 2 * (variance(12, 28) + variance(7, 26))) /
    (w1 + w2) ** 2;
  expect(standardError / Math.sqrt(crude)).toBeGreaterThan(0.97);
  expect(standardError / Math.sqrt(crude)).toBeLessThan(1.03);
  expect(interval.high - interval.low).toBeCloseTo(2 * 1.959964 * standardError, 5);
});

test("Sato's variance is that of the estimate, over all tables of small strata", () => {
  // Every outcome of 8 strata of 2 + 2 runs, by its probability: nothing is drawn. The order of strata does not matter.
  const [strata, p0, p1] = [8, 0.3, 0.6];
  const outcomes = [0, 1, 2].flatMap((x0) =>
    [0, 1, 2].map((x1) => ({
      table: stratum(x1, 2, x0, 2),
      probability: binomial(x0, p0) * binomial(x1, p1),
    })),
  );
  let [variance, expectedVariance] = [0, 0];
  const walk = (outcome: number, chosen: readonly RateStratum[], probability: number): void => {
    const left = strata - chosen.length;
    const { table, probability: each } = outcomes[outcome] ?? { table: stratum(0, 0, 0, 0), probability: 0 };
    if (left === 0) {
      const { estimate, standardError } = riskDifference(chosen);
      variance += probability * (estimate - (p1 - p0)) ** 2;
      expectedVariance += probability * standardError ** 2;
      return;
    }
    if (outcome === outcomes.length) return;
    for (let count = 0, ways = 1; count <= left; count += 1) {
      walk(
        outcome + 1,
        [...chosen, ...Array<RateStratum>(count).fill(table)],
        probability * ways * each ** count,
      );
      ways = (ways * (left - count)) / (count + 1);
    }
  };
  walk(0, [], 1);
  expect(variance).toBeCloseTo(((0.6 * 0.4) / 2 + (0.3 * 0.7) / 2) / strata, 10);
  expect(expectedVariance / variance).toBeGreaterThan(0.92);
  expect(expectedVariance / variance).toBeLessThan(1.01);
});

function binomial(x: number, p: number): number {
  return (x === 1 ? 2 : 1) * p ** x * (1 - p) ** (2 - x);
}

test('groups that differ widen the interval around the same estimate', () => {
  const strata = [stratum(16, 27, 5, 25), stratum(12, 28, 7, 26)];
  const plain = riskDifference(strata, INDEPENDENT);
  const wide = riskDifference(strata, { phi: 4, df: 12, groups: 7 });
  expect(wide.estimate).toBe(plain.estimate);
  expect(wide.interval.high - wide.interval.low).toBeCloseTo(4 * 2.1788 * plain.standardError, 3);
});

test('a change of exactly the floor reaches it, whatever the counts are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 60 }), (scale, percent) => {
      // 2 points on top of `percent`, in strata of 50, 100 and `scale` hundreds.
      const at = (hundreds: number): RateStratum =>
        stratum((percent + 2) * hundreds, 100 * hundreds, percent * hundreds, 100 * hundreds);
      const strata = [at(0.5), at(1), at(scale), at(7)].filter(({ current }) =>
        Number.isInteger(current.events),
      );
      expect(reachesPoints(strata, 2)).toBe(true);
      expect(reachesPoints(strata, 2.0001)).toBe(false);
    }),
  );
});

test('strata in which all or none had the event leave room for a difference', () => {
  const { estimate, interval } = riskDifference([stratum(0, 10, 0, 10), stratum(0, 10, 0, 10)]);
  expect(estimate).toBe(0);
  // As one stratum of 20 and 20.
  expect(interval).toEqual(riskDifference([stratum(0, 20, 0, 20)]).interval);
  const mixed = riskDifference([stratum(5, 5, 20, 20), stratum(0, 20, 0, 5)]).interval;
  expect(mixed.low).toBeLessThan(0);
  expect(mixed.high).toBeGreaterThan(0);
});

test.each([
  ['all', 1],
  ['none', -1],
])('strata in which nobody had the event before and %s now, or the other way round', (_, change) => {
  const sizes = [
    [1, 6],
    [11, 2],
    [9, 5],
    [10, 10],
  ];
  const strata = sizes.map(([n1 = 0, n0 = 0]) =>
    change > 0 ? stratum(n1, n1, 0, n0) : stratum(0, n1, n0, n0),
  );
  const { estimate, interval } = riskDifference(strata);
  expect(estimate).toBe(change);
  // As one stratum of all.
  const one = riskDifference([change > 0 ? stratum(31, 31, 0, 23) : stratum(0, 31, 23, 23)]);
  expect(interval.low).toBeCloseTo(one.interval.low, 12);
  expect(interval.high).toBeCloseTo(one.interval.high, 12);
  expect(Math.abs(interval.low + interval.high)).toBeGreaterThan(1.5);
});

test('without a stratum that has both windows there is no difference', () => {
  expect(() => riskDifference([stratum(0, 0, 1, 2)])).toThrow('No stratum has observations in both windows');
});
