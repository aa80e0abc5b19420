import { expect, test } from 'vitest';
import { assertTotals } from './assert-totals.ts';
import { parseBatches } from './batch.ts';
import { gaugeMetric, histogramMetric, requestBody, runsMetric } from './fixtures/request-body.ts';
import { totalsOf } from './totals.ts';

const metrics = [runsMetric(2), gaugeMetric(7, '1'), histogramMetric([0.5, 2], [1, 5])];
const totals = totalsOf(parseBatches(requestBody({ metrics })));
const series = 'role=critic,transport=cli';
const expected = {
  counters: { runs_total: { [series]: 2 } },
  gauges: { depth: { '': 7 } },
  histograms: { duration_seconds: { '': { count: 2, buckets: [1, 1, 0] } } },
};

test('is content with equal totals, of histograms with the fields that are given', () => {
  assertTotals(totals, { ...expected, batches: 1, duplicates: 0 });
});

test.each<[string, Parameters<typeof assertTotals>[1]]>([
  [
    `counters runs_total{${series}}: expected 3, got 2`,
    { ...expected, counters: { runs_total: { [series]: 3 } } },
  ],
  [`counters runs_total{${series}}: expected nothing, got 2`, { ...expected, counters: {} }],
  [
    'counters other_total{}: expected 1, got nothing',
    { ...expected, counters: { ...expected.counters, other_total: { '': 1 } } },
  ],
  ['gauges depth{}: expected 8, got 7', { ...expected, gauges: { depth: { '': 8 } } }],
  [
    'histograms duration_seconds{}.buckets: expected [0,2,0], got [1,1,0]',
    { ...expected, histograms: { duration_seconds: { '': { buckets: [0, 2, 0] } } } },
  ],
  ['duplicates: expected 1, got 0', { ...expected, duplicates: 1 }],
])('says "%s"', (message, wrong) => {
  expect(() => assertTotals(totals, wrong)).toThrow(
    expect.objectContaining({
      message: `the totals differ:
  ${message}`,
    }),
  );
});

test('leaves out the metrics that are ignored', () => {
  assertTotals(totals, { counters: expected.counters }, { ignoring: ['depth', 'duration_seconds'] });
});

test('never accepts batches that changed or that nobody can identify', () => {
  expect(() => assertTotals({ ...totals, conflicts: 1 }, expected)).toThrow('conflicts: expected 0, got 1');
  expect(() => assertTotals({ ...totals, unidentified: 2 }, expected)).toThrow(
    'unidentified: expected 0, got 2',
  );
});
