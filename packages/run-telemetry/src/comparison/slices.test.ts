/** Which slices are looked at, and which of them are judged. */
import { expect, test } from 'vitest';
import type { AgentRun } from '../facts/agent-run.ts';
import { runs, sliceOf } from '../fixtures/counted-runs.ts';
import { compareRuns } from './compare-runs.ts';

test('a tool whose use moved is not judged: its runs are others than before', () => {
  const using = (name: string): Partial<AgentRun> => ({ tools: new Map([[name, { calls: 1, failed: 0 }]]) });
  // The current agent calls search only when it is hard.
  const baseline = [...runs(200, 160, using('search'))];
  const current = [...runs(100, 50, using('search')), ...runs(100, 95, using('other'))];
  const search = sliceOf(compareRuns(baseline, current), 'success', 'tool', 'search');
  expect(search.verdict).toBe('use_changed');
  expect(search.use).toEqual({ baseline: 1, current: 0.5 });
});

test.each([
  [['model', 'tool'], 'm1 × search'],
  [['tool', 'model'], 'search × m1'],
] as const)('the use of a tool by one model is its share of the runs of that model: %j', (by, value) => {
  const tools = new Map([['search', { calls: 1, failed: 0 }]]);
  const others = ['m2', 'm3', 'm4', 'm5'].flatMap((model) => runs(100, 80, { model }));
  // 10 points of the model's own runs are 5 of all.
  const baseline = [...runs(400, 320, { tools }), ...others];
  const again = others.map((run) => ({ ...run, runId: `${run.runId} again` }));
  const current = [...runs(360, 288, { tools }), ...runs(40, 32), ...again];
  const slice = sliceOf(compareRuns(baseline, current, { by: [by] }), 'success', by.join('*'), value);
  expect(slice.use).toEqual({ baseline: 1, current: 0.9 });
  expect(slice.verdict).toBe('use_changed');
});

test('more small scenarios than slices that are looked at take the place of no tool', () => {
  const window = (passed: number): AgentRun[] =>
    Array.from({ length: 2100 }, (_, index) =>
      runs(1, index % 100 < passed ? 1 : 0, {
        scenario: `s${index}`,
        tools: new Map([[index < 1000 ? 'search' : 'book', { calls: 1, failed: 0 }]]),
      }),
    ).flat();
  const comparison = compareRuns(window(80), window(50), {
    by: [['scenario'], ['tool']],
    gates: ['success'],
  });
  expect(sliceOf(comparison, 'success', 'tool', 'search').verdict).toBe('degraded');
  expect(comparison.slices.filter(({ metric }) => metric.name === 'success')).toHaveLength(2000);
  expect(comparison.leftOut.untestedSlices).toBe(103);
});

test('values beyond the limit of their dimension are one slice, and are named', () => {
  const window = (): AgentRun[] => [
    ...runs(30, 20, { model: 'common' }),
    ...Array.from({ length: 101 }, (_, index) => runs(1, 0, { model: `rare-${100 + index}` })).flat(),
  ];
  const comparison = compareRuns(window(), window(), {
    by: [['model'], ['model', 'tool']],
    gates: ['success'],
  });
  const models = comparison.slices.filter(({ slice }) => slice.dimension === 'model');
  expect(models).toHaveLength(101);
  expect(sliceOf(comparison, 'success', 'model', 'other').slice.runs).toHaveLength(4);
  expect(comparison.warnings).toContain(
    'model has 102 values, and 100 are looked at: rare-199, rare-200 are sliced as other',
  );
});

test('tags beyond the 20 most frequent ones are sliced as other', () => {
  const tags = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, 'x']));
  const window = (): AgentRun[] => [
    ...runs(25, 20, { tags }),
    ...runs(25, 20, { tags: { rare: 'y' } }).slice(1),
  ];
  const comparison = compareRuns(window(), window(), { by: [['tag.rare'], ['tag.t0']] });
  expect(sliceOf(comparison, 'success', 'tag.rare', 'other').measured.current.n).toBe(24);
  expect(sliceOf(comparison, 'success', 'tag.t0', 'x').measured.current.n).toBe(25);
  expect(comparison.warnings.join()).toContain('tag.rare is none of the 20 most frequent tags');
});
