/** Clusters of a selection: counted, placed in time, compared. */
import { expect, test } from 'vitest';
import type { AgentRun } from '../facts/agent-run.ts';
import { type Failure, toFailure } from '../failure/failure.ts';
import { runs } from '../fixtures/counted-runs.ts';
import { MS_PER_DAY } from '../selection/time-steps.ts';
import { triageRuns } from './triage-runs.ts';

const DAY = Date.UTC(2026, 0, 5);

function failure(message: string, place = 'search'): Failure {
  return toFailure({
    kind: 'tool.call',
    place,
    fault: { code: undefined, message, class: undefined },
    finishReason: undefined,
    seq: 1,
  });
}

function failing(count: number, message: string, changes: Partial<AgentRun> = {}): AgentRun[] {
  const primary = failure(message);
  return runs(count, 0, { failures: [primary], primary, ...changes });
}

test('a cluster has its runs, share, places and times', () => {
  const selection = [
    ...failing(2, 'timed out after 3 s', { startUnixMs: DAY, scenario: 's2' }),
    ...failing(1, 'timed out after 5 s', { startUnixMs: DAY + 2 * MS_PER_DAY, model: 'm2' }),
    ...runs(3, 3, { startUnixMs: DAY }),
    ...runs(1, 0, { state: 'cancelled', success: undefined }),
  ];
  const { clusters, runs: looked, cancelled } = triageRuns(selection, undefined);
  expect([clusters.length, looked, cancelled]).toEqual([1, 6, 1]);
  expect(clusters[0]).toMatchObject({
    label: 'timed out after <*> (search)',
    failures: 3,
    runs: 3,
    share: 0.5,
    primaryOf: 3,
    scenarios: [
      { value: 's2', runs: 2 },
      { value: 's1', runs: 1 },
    ],
    models: [
      { value: 'm1', runs: 2 },
      { value: 'm2', runs: 1 },
    ],
    tools: [{ value: 'search', runs: 3 }],
    firstSeenUnixMs: DAY,
    lastSeenUnixMs: DAY + 2 * MS_PER_DAY,
    values: [
      [
        { value: '3 s', runs: 2 },
        { value: '5 s', runs: 1 },
      ],
    ],
    trend: [
      { fromUnixMs: DAY, runs: 2, of: 5 },
      { fromUnixMs: DAY + 2 * MS_PER_DAY, runs: 1, of: 1 },
    ],
    compared: undefined,
  });
});

test('weeks of a trend begin on a Monday', () => {
  const [sunday, monday] = [Date.UTC(2026, 0, 4, 23), Date.UTC(2026, 0, 5)];
  const selection = [
    ...failing(1, 'no', { startUnixMs: sunday }),
    ...failing(1, 'no', { startUnixMs: monday }),
  ];
  const { clusters } = triageRuns(selection, undefined, { stepMs: 7 * MS_PER_DAY });
  expect(clusters[0]?.trend.map(({ fromUnixMs }) => fromUnixMs)).toEqual([monday - 7 * MS_PER_DAY, monday]);
});

test('the order of runs changes nothing', () => {
  const selection = [
    ...failing(4, 'a 1', { startUnixMs: DAY }),
    ...failing(4, 'b 1', { startUnixMs: DAY }),
    ...failing(3, 'a 2', { startUnixMs: DAY + 1 }),
  ];
  const baseline = runs(30, 30);
  expect(triageRuns(selection.toReversed(), baseline.toReversed())).toEqual(triageRuns(selection, baseline));
});

test('against a baseline it is new, gone, first seen, or as before', () => {
  const baseline = [...failing(20, 'gone'), ...failing(10, 'stays'), ...runs(70, 70)];
  const current = [...failing(20, 'new'), ...failing(10, 'stays'), ...failing(2, 'rare'), ...runs(68, 68)];
  const { clusters } = triageRuns(current, baseline);
  expect(Object.fromEntries(clusters.map(({ label, compared }) => [label, compared?.verdict]))).toEqual({
    'new (search)': 'new',
    'rare (search)': 'first_seen',
    'stays (search)': 'no_difference',
    'gone (search)': 'gone',
  });
  expect(clusters.at(-1)).toMatchObject({ runs: 0, share: 0, trend: [], hints: [] });
});

test('a wrong result is a cluster of its own', () => {
  const { clusters } = triageRuns([...runs(10, 5)], undefined);
  expect(clusters.map(({ failure: { class: name }, runs: count }) => [name, count])).toEqual([
    ['wrong_result', 5],
  ]);
});

test('cluster ids stay as they are whatever other failures come', () => {
  const some = failing(5, 'timed out after 3 s');
  const before = triageRuns(some, undefined).clusters.map(({ failure: { cluster } }) => cluster);
  const after = triageRuns([...failing(9, 'timed out after 9 min'), ...failing(2, 'no'), ...some], undefined);
  expect(after.clusters.map(({ failure: { cluster } }) => cluster)).toEqual(expect.arrayContaining(before));
});
