/** Van Elteren's test and the ratio that belongs to it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalUpperTail } from '../distribution/normal.ts';
import { INDEPENDENT, intervalFactor } from './dispersion.ts';
import { rankTest, rankVariance, type ValueStratum, weightedRanks } from './rank-test.ts';
import { ratioEstimate } from './ratio-estimate.ts';

const values = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
const strata = fc.array(fc.record({ baseline: values, current: values }), { minLength: 1, maxLength: 4 });

test('the variance is that of the sum over every arrangement', () => {
  fc.assert(
    fc.property(fc.record({ baseline: values, current: values }), (stratum) => {
      const all = [...stratum.baseline, ...stratum.current];
      const sums: number[] = [];
      for (let mask = 0; mask < 2 ** all.length; mask += 1) {
        const current = all.filter((_, index) => ((mask >> index) & 1) === 1);
        const baseline = all.filter((_, index) => ((mask >> index) & 1) === 0);
        if (current.length !== stratum.current.length) continue;
        sums.push(weightedRanks({ baseline, current }).current.reduce((sum, rank) => sum + rank, 0));
      }
      const mean = sums.reduce((sum, each) => sum + each, 0) / sums.length;
      const variance = sums.reduce((sum, each) => sum + (each - mean) ** 2, 0) / sums.length;
      expect(rankVariance([stratum])).toBeCloseTo(variance, 10);
    }),
    { numRuns: 60 },
  );
});

test('the ranks of 15 lungs: Hollander and Wolfe, Nonparametric Statistical Methods, table 4.1', () => {
  // W = 15, E = 25 for 5 against 10 values without ties: z = -10 / sqrt(50 * 16 / 12).
  const permeability = {
    baseline: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    current: [1.15, 0.88, 0.9, 0.74, 1.21],
  };
  expect(rankTest([permeability]).lower).toBeCloseTo(0.1103, 4);
  // The Hodges-Lehmann difference is 0.305; of what was raised to e it is a ratio.
  const raised = {
    baseline: permeability.baseline.map((each) => Math.exp(-each)),
    current: permeability.current.map((each) => Math.exp(-each)),
  };
  const { estimate } = ratioEstimate([raised]);
  // 50 pairs: the lower of the two middle ones, 0.30 and 0.31.
  expect(Math.log(estimate)).toBeGreaterThan(0.295);
  expect(Math.log(estimate)).toBeLessThan(0.315);
});

test('scores of 0 and 1 in strata of one size are the Mantel-Haenszel test', () => {
  // Its square is (sum x - E)^2 / sum n0 n1 m (N - m) / (N^2 (N - 1)) without continuity correction.
  const tables = [
    [3, 6, 1, 6],
    [5, 6, 2, 6],
    [2, 6, 2, 6],
  ].map(([x1 = 0, n1 = 0, x0 = 0, n0 = 0]) => ({ x1, n1, x0, n0 }));
  const scores = (x: number, n: number): number[] =>
    Array.from({ length: n }, (_, index) => (index < x ? 1 : 0));
  let [sum, variance] = [0, 0];
  for (const { x1, n1, x0, n0 } of tables) {
    const [all, events] = [n0 + n1, x0 + x1];
    sum += x1 - (n1 * events) / all;
    variance += (n0 * n1 * events * (all - events)) / (all ** 2 * (all - 1));
  }
  const given = tables.map(({ x1, n1, x0, n0 }) => ({ baseline: scores(x0, n0), current: scores(x1, n1) }));
  expect(rankTest(given).higher).toBeCloseTo(normalUpperTail(sum / Math.sqrt(variance)), 12);
  expect(rankTest(given).higher).toBeLessThan(0.05);
});

/** Every ratio with its weight, sorted: what the estimate counts without listing it. */
function listedQuantile(given: readonly ValueStratum[], target: number): number {
  const pairs = given.flatMap(({ baseline, current }) =>
    baseline.flatMap((before) =>
      current.map((now) => ({
        ratio: before === 0 ? (now === 0 ? 1 : Number.POSITIVE_INFINITY) : now / before,
        weight: 1 / (baseline.length + current.length + 1),
      })),
    ),
  );
  pairs.sort((left, right) => left.ratio - right.ratio);
  let sum = 0;
  for (const { ratio, weight } of pairs) {
    sum += weight;
    if (sum >= target - 1e-9) return ratio;
  }
  return Number.POSITIVE_INFINITY;
}

test('the ratio and its interval are those of all pairs, listed and sorted', () => {
  fc.assert(
    fc.property(strata, (given) => {
      const total = given.reduce(
        (sum, { baseline, current }) =>
          sum + (baseline.length * current.length) / (baseline.length + current.length + 1),
        0,
      );
      const half = intervalFactor(INDEPENDENT) * Math.sqrt(rankVariance(given));
      const { estimate, interval } = ratioEstimate(given);
      expect(estimate).toBe(listedQuantile(given, total / 2));
      if (half < total / 2) {
        expect(interval.low).toBe(listedQuantile(given, total / 2 - half));
        expect(interval.high).toBe(listedQuantile(given, total / 2 + half));
      } else expect(interval).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
    }),
  );
});

test('an interval without 1 belongs to a test that refuses, and the other way round but for ties', () => {
  fc.assert(
    fc.property(strata, (given) => {
      const { low, high } = ratioEstimate(given).interval;
      const { higher, lower } = rankTest(given);
      if (low > 1) expect(higher).toBeLessThan(0.0251);
      if (high < 1) expect(lower).toBeLessThan(0.0251);
    }),
  );
});

test('no stratum with both windows is refused', () => {
  expect(() => ratioEstimate([{ baseline: [], current: [1] }])).toThrow('give 1 or more');
});

test('zeros take no longer than other values', () => {
  // Counted one by one they would be 2.5 thousand million pairs in each of 180 passes.
  const zeros = { baseline: Array<number>(50_000).fill(0), current: Array<number>(50_000).fill(0) };
  expect(ratioEstimate([zeros])).toEqual({ estimate: 1, interval: { low: 1, high: 1 } });
});
