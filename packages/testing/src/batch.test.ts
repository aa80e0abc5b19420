import { expect, test } from 'vitest';
import { parseBatches } from './batch.ts';
import { histogramMetric, requestBody, runsMetric } from './fixtures/request-body.ts';

test('reads identity, resource and points', () => {
  const [batch] = parseBatches(requestBody({ runId: 'r', sequence: 4, runs: '12' }));
  expect(batch).toMatchObject({
    runId: 'r',
    sequence: 4,
    resource: { 'service.instance.id': 'r', 'ephemetry.batch.sequence': '4' },
    points: [{ kind: 'counter', metric: 'runs_total', labels: 'role=critic,transport=cli', value: 12n }],
  });
});

test('reads one batch for each resource', () => {
  const one = requestBody({ sequence: 1 });
  const two = requestBody({ sequence: 2 });
  const resources = [one, two].flatMap((body) => JSON.parse(body).resourceMetrics);
  expect(parseBatches(JSON.stringify({ resourceMetrics: resources })).map((each) => each.sequence)).toEqual([
    1, 2,
  ]);
});

test.each<[string, string, object]>([
  ['a cumulative sum', 'aggregationTemporality must be 1 (delta), but is 2', sum({ asInt: 1 }, 2)],
  ['a negative monotonic sum', '0 or more in a monotonic sum, but is "-1"', sum({ asInt: '-1' })],
  ['an infinite sum', 'a finite number', sum({ asDouble: 'Infinity' })],
  ['a point without a value', 'asDouble must be a finite number, but is absent', sum({})],
  ['an integer that lost its exactness', 'an integer', sum({ asInt: 2 ** 53 })],
  [
    'an end before its start',
    'at or after startTimeUnixNano 9',
    sum({ asInt: 1, startTimeUnixNano: '9', timeUnixNano: '8' }),
  ],
  [
    'a repeated label',
    'different from every key before it',
    sum({ asInt: 1, attributes: [label('a'), label('a')] }),
  ],
  ['another kind of metric', 'a sum, a gauge or a histogram', { name: 'x', summary: {} }],
  ['buckets that do not add up', 'counts that add up to count 3', histogram({ count: '3' })],
  ['a bucket too few', '3 counts for 2 bounds', histogram({ bucketCounts: ['2', '0'] })],
  ['falling bounds', 'strictly rising', histogram({ explicitBounds: [5, 1] })],
])('refuses %s', (_, message, metric) => {
  expect(() => parseBatches(requestBody({ metrics: [metric] }))).toThrow(message);
});

test.each(['', 'null', '[]', '{}', '{"resourceMetrics":{}}', '{"resourceMetrics":[1]}'])(
  'refuses the body %s',
  (body) => {
    expect(() => parseBatches(body)).toThrow(/must be/);
  },
);

test('refuses the sequence 0: batches are numbered from 1', () => {
  expect(() => parseBatches(requestBody({ sequence: 0 }))).toThrow(
    'ephemetry.batch.sequence must be 1 or more',
  );
});

test('takes integers as strings and as numbers', () => {
  const metrics = [runsMetric(3), runsMetric('3')];
  expect(
    parseBatches(requestBody({ metrics }))[0]?.points.map((each) => 'value' in each && each.value),
  ).toEqual([3n, 3n]);
});

function label(key: string): object {
  return { key, value: { stringValue: 'v' } };
}

function sum(point: object, aggregationTemporality = 1): object {
  const dataPoints = [{ timeUnixNano: '1', ...point }];
  return { name: 'x_total', sum: { aggregationTemporality, isMonotonic: true, dataPoints } };
}

function histogram(change: object): object {
  const metric = JSON.parse(JSON.stringify(histogramMetric([0.5, 0.7], [1, 5])));
  Object.assign(metric.histogram.dataPoints[0], change);
  return metric;
}
