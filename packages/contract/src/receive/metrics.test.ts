import { expect, test } from 'vitest';
import { METRIC_FAMILIES, type MetricFamily } from '../index.ts';
import { RECEIVE_METRICS, RECEIVE_PREFIX, type ReceiveMetric } from './metrics.ts';

const names = Object.values<ReceiveMetric>(RECEIVE_METRICS).map(({ name }) => name);

test.each(names)('%s is a counter that the receiver takes from nobody else', (name) => {
  expect(name).toMatch(new RegExp(`^${RECEIVE_PREFIX}[a-z_]+_total$`));
});

test('no family has a name that the receiver would refuse as its own', () => {
  const families: readonly MetricFamily[] = Object.values(METRIC_FAMILIES);
  const sent = families.flatMap(({ metrics }) => Object.values(metrics).map(({ name }) => name));
  expect(sent.filter((name) => name.startsWith(RECEIVE_PREFIX))).toEqual([]);
});
