import { expect, test } from 'vitest';
import { EPHEMETRY_FAMILY } from './ephemetry/family.ts';
import { FAB_FAMILY } from './fab/family.ts';
import { FAB_METRICS } from './fab/metrics.ts';
import { type DeclaredLabels, knownLabelSets } from './known-label-sets.ts';
import type { MetricDefinition, MetricFamily } from './metric.ts';
import { renderSeriesCatalogue } from './series-catalogue.ts';
import { TESTS_FAMILY } from './tests/family.ts';
import { TESTS_METRICS } from './tests/metrics.ts';

const catalogue = renderSeriesCatalogue(FAB_FAMILY);

test('is one line, and its newline ends it', () => {
  expect(catalogue.indexOf('\n')).toBe(catalogue.length - 1);
});

test('fits the longest line that a file receiver reads by default', () => {
  // max_log_size of the Collector's file consumer is 1 MiB; it cuts a longer line in two, silently.
  expect(Buffer.byteLength(catalogue)).toBeLessThan(1024 * 1024);
});

test('belongs to the service, and to no run', () => {
  const [resourceMetrics] = JSON.parse(catalogue).resourceMetrics;
  expect(resourceMetrics.resource).toEqual({
    attributes: [{ key: 'service.name', value: { stringValue: 'fab' } }],
  });
});

test('is announced for every service that reports the family', () => {
  const catalogue = JSON.parse(renderSeriesCatalogue(EPHEMETRY_FAMILY)).resourceMetrics;
  const services = catalogue.map(({ resource }: { resource: Parameters<typeof labelsOf>[0] }) =>
    labelsOf(resource),
  );
  expect(services).toEqual([{ 'service.name': 'ephemetry' }, { 'service.name': 'fab' }]);
  expect(catalogue[1].scopeMetrics).toEqual(catalogue[0].scopeMetrics);
});

test('carries no times, so that the same contract gives the same bytes', () => {
  expect(catalogue).not.toMatch(/unixnano/i);
});

test.each(Object.values<MetricDefinition>(FAB_FAMILY.metrics))('has every series of $name', (metric) => {
  const { sum, histogram, name, unit, description } = metricsOf(FAB_FAMILY).find(named(metric.name));
  const { dataPoints, aggregationTemporality, isMonotonic } = sum ?? histogram;
  expect({ name, unit, description }).toEqual({
    name: metric.name,
    unit: metric.unit,
    description: metric.description,
  });
  expect(aggregationTemporality).toBe(1);
  expect(isMonotonic).toBe(metric.instrument === 'counter' ? true : undefined);
  expect(dataPoints.map(labelsOf)).toEqual(knownLabelSets(metric));
});

test('writes whole numbers as strings and doubles as numbers, as OTLP/JSON does', () => {
  const zeroOf = (key: 'tokens' | 'costUsd') =>
    metricsOf(FAB_FAMILY).find(named(FAB_METRICS[key].name)).sum.dataPoints[0];
  expect(zeroOf('tokens')).toEqual({ attributes: expect.anything(), asInt: '0' });
  expect(zeroOf('costUsd')).toEqual({ attributes: expect.anything(), asDouble: 0 });
});

test('has a bucket for every bound of a histogram and one above them', () => {
  const { bounds, name } = FAB_METRICS.roleSessionDuration;
  for (const point of metricsOf(FAB_FAMILY).find(named(name)).histogram.dataPoints) {
    expect(point).toEqual({
      attributes: expect.anything(),
      count: '0',
      sum: 0,
      bucketCounts: Array(13).fill('0'),
      explicitBounds: bounds,
    });
  }
});

test.each(['gauge', 'updowncounter'] as const)(
  'leaves out a %s: its zero would be a statement',
  (instrument) => {
    const tokens: MetricDefinition = { ...FAB_METRICS.tokens, instrument };
    expect(metricsOf({ ...FAB_FAMILY, metrics: { tokens } })).toEqual([]);
  },
);

test('has the label sets that a deployment declares', () => {
  const declared: DeclaredLabels = [
    { labels: ['suite', 'category'], sets: [{ suite: 'hermes', category: 'tools' }] },
  ];
  const { sum } = metricsOf(TESTS_FAMILY, declared).find(named(TESTS_METRICS.transitions.name));
  expect(sum.dataPoints.map(labelsOf)).toEqual(
    knownLabelSets(TESTS_METRICS.transitions, TESTS_FAMILY, declared),
  );
  expect(sum.dataPoints.map(labelsOf)).toContainEqual({ suite: 'hermes', category: 'tools', kind: 'fixed' });
});

function metricsOf(family: MetricFamily, declared: DeclaredLabels = []) {
  return JSON.parse(renderSeriesCatalogue(family, declared)).resourceMetrics[0].scopeMetrics[0].metrics;
}

function named(wanted: string) {
  return ({ name }: { name: string }): boolean => name === wanted;
}

function labelsOf({ attributes }: { attributes: { key: string; value: { stringValue: string } }[] }) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}
