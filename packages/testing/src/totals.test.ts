import { expect, test } from 'vitest';
import { type Batch, parseBatches } from './batch.ts';
import {
  costMetric,
  gaugeMetric,
  histogramMetric,
  requestBody,
  runsMetric,
} from './fixtures/request-body.ts';
import { totalsOf } from './totals.ts';

function batch(sequence: number, ...metrics: readonly object[]): Batch[] {
  return parseBatches(requestBody({ sequence, metrics }));
}

test('adds integers and doubles exactly, in any order', () => {
  const costs = [1e16, 0.1, -0, 1, 0.2, 3.5e-10];
  const batches = costs.flatMap((cost, index) => batch(index + 1, costMetric(cost), runsMetric('1')));
  const forwards = totalsOf(batches);
  expect(forwards).toEqual(totalsOf([...batches].reverse()));
  expect(forwards.counters).toEqual({
    runs_total: { 'role=critic,transport=cli': 6 },
    cost_total: { '': 10000000000000002 },
  });
});

test('drops a batch whose identity was there before, and says so', () => {
  const once = [...batch(1, runsMetric(1)), ...batch(2, runsMetric(1))];
  const other = parseBatches(requestBody({ runId: 'run-b', sequence: 1 }));
  const totals = totalsOf([...once, ...other, ...once]);
  expect(totals).toMatchObject({ batches: 3, duplicates: 2, conflicts: 0, unidentified: 0 });
  expect(totals.counters).toEqual({ runs_total: { 'role=critic,transport=cli': 3 } });
});

test('tells when two batches of one identity differ', () => {
  expect(totalsOf([...batch(1, runsMetric(1)), ...batch(1, runsMetric(2))])).toMatchObject({
    duplicates: 1,
    conflicts: 1,
  });
});

test('counts batches without identity every time, and says so', () => {
  const anonymous = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [runsMetric(2)] }] }] });
  const totals = totalsOf([...parseBatches(anonymous), ...parseBatches(anonymous)]);
  expect(totals).toMatchObject({ batches: 2, duplicates: 0, unidentified: 2 });
  expect(totals.counters).toEqual({ runs_total: { 'role=critic,transport=cli': 4 } });
});

test('keeps the gauge of the latest time, not of the latest arrival', () => {
  const batches = [...batch(1, gaugeMetric(5, '30')), ...batch(2, gaugeMetric(9, '20'))];
  expect(totalsOf(batches).gauges).toEqual({ depth: { '': 5 } });
});

test('merges histograms', () => {
  const batches = [
    ...batch(1, histogramMetric([0.5, 2], [1, 5])),
    ...batch(2, histogramMetric([1, 7], [1, 5])),
  ];
  expect(totalsOf(batches).histograms).toEqual({
    duration_seconds: { '': { count: 4, sum: 10.5, bounds: [1, 5], buckets: [2, 1, 1], min: 0.5, max: 7 } },
  });
});

test('refuses to merge histograms of different bounds', () => {
  const batches = [...batch(1, histogramMetric([1], [1, 5])), ...batch(2, histogramMetric([1], [1, 6]))];
  expect(() => totalsOf(batches)).toThrow(
    'duration_seconds{} has bounds [1,5] in one batch, [1,6] in another',
  );
});

test('refuses a sum that a number cannot hold exactly', () => {
  const batches = [...batch(1, runsMetric('9007199254740991')), ...batch(2, runsMetric('1'))];
  expect(() => totalsOf(batches)).toThrow('9007199254740992 is beyond what a number holds exactly');
});
