import { expect, test } from 'vitest';
import { studentUpperTail } from '../distribution/student.ts';
import {
  detectableFactor,
  dispersed,
  type GroupedScore,
  groupDispersion,
  INDEPENDENT,
  intervalFactor,
} from './dispersion.ts';
import { rankTest } from './rank-test.ts';
import { LEAST_P, oneSided, rateTest } from './rate-test.ts';

const WINDOWS = ['baseline', 'current'] as const;

/** So many of `n` scores are 1 in each group of both windows. */
function scoresOf(events: readonly number[], n: number): GroupedScore[] {
  return WINDOWS.flatMap((window) =>
    events.flatMap((count, group) =>
      Array.from({ length: n }, (_, index) => ({
        stratum: 0,
        window,
        group: `day ${group}`,
        score: index < count ? 1 : 0,
      })),
    ),
  );
}

test('phi is the sum of squares by hand', () => {
  const events = [2, 4, 6, 8, 5];
  const [n, all] = [10, 50];
  const p = 25 / all;
  const variance = n * p * (1 - p) * (all / (all - 1));
  const squares = events.reduce((sum, count) => sum + (count - n * p) ** 2 / variance, 0);
  const { phi, df, groups } = groupDispersion(scoresOf(events, n));
  expect([df, groups]).toEqual([8, 5]);
  expect(phi).toBeCloseTo((2 * squares) / 8, 10);
});

test('groups that are more alike than chance make nothing smaller', () => {
  expect(groupDispersion(scoresOf([5, 5, 5, 5, 5], 10)).phi).toBe(1);
});

test('with four groups in a window runs are taken as independent, and it says how many groups there were', () => {
  expect(groupDispersion(scoresOf([2, 9, 2, 9], 10))).toEqual({ ...INDEPENDENT, groups: 4 });
});

test('groups of which nothing can be told do not count', () => {
  // Each has a stratum of its own with one run.
  const single = Array.from({ length: 6 }, (_, index) =>
    WINDOWS.map((window) => ({ stratum: index, window, group: `${index}`, score: index % 2 })),
  ).flat();
  expect(groupDispersion(single)).toEqual({ ...INDEPENDENT, groups: 6 });
});

test('a p-value, an interval and a detectable change grow by the root of phi and by few degrees of freedom', () => {
  const dispersion = { phi: 4, df: 12, groups: 7 };
  // z = 2.3263 halves to 1.1632 on t(12).
  const seen = oneSided(2.3263479);
  expect(dispersed(seen, dispersion).higher).toBeCloseTo(0.1337, 3);
  expect(dispersed(seen, dispersion).lower).toBeCloseTo(1 - 0.1337, 3);
  expect(dispersed(seen, INDEPENDENT)).toEqual(seen);
  expect(intervalFactor(dispersion)).toBeCloseTo(2 * 2.1788, 3);
  expect(detectableFactor(0.015, INDEPENDENT)).toBeCloseTo(3.01, 2);
});

test('what is too far out for a p-value still has a place among days that differ much', () => {
  const dispersion = { phi: 65, df: 12, groups: 7 };
  // 20,000 runs in each window lose 20 points, and all durations double.
  const drop = rateTest([
    { baseline: { events: 14_000, n: 20_000 }, current: { events: 10_000, n: 20_000 } },
  ]);
  const values = Array.from({ length: 5000 }, (_, index) => 1000 + index);
  const slower = rankTest([{ baseline: values, current: values.map((value) => value + 5000) }]);
  expect([drop.lower, slower.higher]).toEqual([LEAST_P, LEAST_P]);
  expect(dispersed(drop, dispersion).lower).toBeCloseTo(
    studentUpperTail(-drop.score / Math.sqrt(65), 12),
    12,
  );
  expect(dispersed(drop, dispersion).lower).toBeLessThan(0.001);
  expect(dispersed(slower, dispersion).higher).toBeLessThan(0.001);
  expect(dispersed(slower, dispersion).lower).toBeGreaterThan(0.999);
});
