/** Simulated windows, few of them: `pnpm bench:runs` measures the same in full. The seeds are fixed. */
import { expect, test } from 'vitest';
import { simulateRuns } from '../fixtures/simulated-runs.ts';
import { type Comparison, compareRuns, type ExplainedSlice } from './compare-runs.ts';
import { summarise } from './slice-summary.ts';

const shape = { scenarios: 40, models: 3, tools: 8 };

test('equals are rarely called degraded, and intervals hold the truth', () => {
  const comparisons = Array.from({ length: 30 }, (_, index) => {
    const { baseline, current } = simulateRuns({ ...shape, seed: 1000 + index, repeats: 2 });
    return compareRuns(baseline, current);
  });
  expect(comparisons.filter(({ verdict }) => verdict === 'degraded').length).toBeLessThanOrEqual(4);
  const holds = comparisons.filter((each) => {
    const interval = wholeOf(each).measured.change?.interval;
    return interval !== undefined && interval.low <= 0 && interval.high >= 0;
  });
  expect(holds.length).toBeGreaterThanOrEqual(26);
});

test('days that differ do not make alarms', () => {
  const alarms = Array.from({ length: 12 }, (_, index) => {
    const { baseline, current } = simulateRuns({
      ...shape,
      seed: 50 + index,
      repeats: 7,
      days: { count: 7, sd: 0.6 },
    });
    return compareRuns(baseline, current, { by: [] });
  });
  expect(alarms.filter(({ verdict }) => verdict === 'degraded').length).toBeLessThanOrEqual(2);
  expect(alarms.some((each) => (wholeOf(each).measured.change?.dispersion.phi ?? 1) > 2)).toBe(true);
});

test('a drop of 15 points is found', () => {
  const found = Array.from({ length: 5 }, (_, index) => {
    const { baseline, current } = simulateRuns({
      ...shape,
      seed: 300 + index,
      repeats: 5,
      drop: { points: 15 },
    });
    return compareRuns(baseline, current).verdict === 'degraded';
  });
  expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(4);
});

test('the same runs give the same bytes, in any order', () => {
  const { baseline, current } = simulateRuns({ ...shape, seed: 5, repeats: 2 });
  const bytes = (comparison: Comparison): string => {
    const rows = comparison.slices.map((each) => [
      each.verdict,
      each.pAdjusted,
      each.measured.change,
      summarise(each),
    ]);
    return JSON.stringify([rows, comparison.clusters, comparison.differs]);
  };
  const again = compareRuns(baseline.toReversed(), current.toReversed());
  expect(bytes(again)).toBe(bytes(compareRuns(baseline, current)));
});

function wholeOf({ slices }: Comparison): ExplainedSlice {
  const whole = slices.find(({ metric, slice }) => metric.name === 'success' && slice.dimension === 'all');
  if (whole === undefined) throw new Error('success of all runs is missing');
  return whole;
}
