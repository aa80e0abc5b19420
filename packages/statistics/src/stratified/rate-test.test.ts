import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RateStratum } from './rate-stratum.ts';
import { rateTest } from './rate-test.ts';

const counts = (max: number) =>
  fc.integer({ min: 0, max }).chain((n) => fc.record({ n: fc.constant(n), events: fc.nat(n) }));
const smallStrata = fc.array(fc.record({ baseline: counts(3), current: counts(3) }), {
  minLength: 1,
  maxLength: 3,
});

/** Every way in which the runs of a stratum could have fallen on the two windows: nothing is computed, only counted. */
function countArrangements(strata: readonly RateStratum[]): { higher: number; lower: number } {
  const observed = strata.reduce((sum, { current }) => sum + current.events, 0);
  let sums = [0];
  for (const { baseline, current } of strata) {
    const all = baseline.n + current.n;
    const events = baseline.events + current.events;
    const ofStratum: number[] = [];
    for (let mask = 0; mask < 2 ** all; mask += 1) {
      const chosen = [...Array(all).keys()].filter((run) => ((mask >> run) & 1) === 1);
      if (chosen.length === current.n) ofStratum.push(chosen.filter((run) => run < events).length);
    }
    sums = sums.flatMap((sum) => ofStratum.map((each) => sum + each));
  }
  const share = (fits: (sum: number) => boolean): number => sums.filter(fits).length / sums.length;
  const equal = share((sum) => sum === observed) / 2;
  return { higher: share((sum) => sum > observed) + equal, lower: share((sum) => sum < observed) + equal };
}

test('the p-values are what counting every arrangement gives', () => {
  fc.assert(
    fc.property(smallStrata, (strata) => {
      const expected = countArrangements(strata);
      const { higher, lower } = rateTest(strata);
      expect(higher).toBeCloseTo(expected.higher, 10);
      expect(lower).toBeCloseTo(expected.lower, 10);
      expect(higher + lower).toBeCloseTo(1, 10);
    }),
    { numRuns: 60 },
  );
});

test("one stratum is Fisher's test: Agresti's tea", () => {
  // Categorical Data Analysis, 3.5.2 and 3.5.6: 3 of 4 cups, mid-p 0.129.
  const tea = [{ baseline: { events: 1, n: 4 }, current: { events: 3, n: 4 } }];
  expect(rateTest(tea).higher).toBeCloseTo(1 / 70 + 16 / 70 / 2, 12);
});

test("strata of one run each are McNemar's test: airway responsiveness before and after", () => {
  // Fagerland, Lydersen and Laake (2013): 21 pairs of which 1 and 7 differ, two-sided mid-p 0.039.
  const pair = (before: number, now: number): RateStratum => ({
    baseline: { events: before, n: 1 },
    current: { events: now, n: 1 },
  });
  const pairs = [pair(1, 0), ...Array(7).fill(pair(0, 1)), ...Array(12).fill(pair(1, 1)), pair(0, 0)];
  expect(2 * rateTest(pairs).higher).toBeCloseTo(0.0390625, 12);
});

test('several strata: penicillin in rabbits', () => {
  // Mantel (1963), as R's mantelhaen.test shows it: S = 16, two-sided exact p-value 0.03994.
  const cured = [
    [0, 6, 0, 5],
    [3, 3, 0, 6],
    [6, 0, 2, 4],
    [5, 1, 6, 0],
    [2, 0, 5, 0],
  ];
  const rabbits = cured.map(([cured1 = 0, died1 = 0, cured0 = 0, died0 = 0]) => ({
    baseline: { events: cured0, n: cured0 + died0 },
    current: { events: cured1, n: cured1 + died1 },
  }));
  // The distribution is symmetric here, from 9 to 17: half of that is P(16) + P(17), and the mid-p has half of P(16).
  const [sixteen, seventeen] = [0.0185950413, 0.0013774105];
  expect(2 * (sixteen + seventeen)).toBeCloseTo(0.03994, 5);
  expect(rateTest(rabbits).higher).toBeCloseTo(sixteen / 2 + seventeen, 9);
});

test('where the exact distribution ends and the normal one begins they say the same', () => {
  const strata = (count: number): RateStratum[] =>
    Array.from({ length: count }, (_, index) => {
      const before = index < 70 ? 1 : 2 + (index % 2);
      return { baseline: { events: before, n: 5 }, current: { events: 5 - before, n: 5 } };
    });
  // 5 possible sums each: 20,000 and 20,010.
  const [exact, normal] = [rateTest(strata(4000)), rateTest(strata(4002))];
  expect(exact.higher).toBeLessThan(0.25);
  expect(Math.abs(exact.higher - normal.higher)).toBeLessThan(0.002);
  expect(normal.higher + normal.lower).toBeCloseTo(1, 12);
});

test('what never happens by chance has a small p-value, not 0', () => {
  const certain = Array.from({ length: 60 }, () => ({
    baseline: { events: 0, n: 9 },
    current: { events: 9, n: 9 },
  }));
  expect(rateTest(certain).higher).toBe(1e-38);
});
