import { describe, expect, test } from 'vitest';
import {
  FAB_FAMILY,
  FAB_METRICS,
  MERGE_METRICS,
  METRIC_FAMILIES,
  type MetricDefinition,
  type MetricFamily,
} from '../src/index.ts';
import { declarationFaults, duplicateNames } from './declaration-rules.ts';

test.each(Object.values(METRIC_FAMILIES))('the $name family keeps every rule', (family) => {
  expect(declarationFaults(family)).toEqual([]);
});

test('no two metrics of the contract share a name', () => {
  expect(duplicateNames(Object.values(METRIC_FAMILIES))).toEqual([]);
});

const counter: MetricDefinition = FAB_METRICS.tokens;
const histogram: MetricDefinition = FAB_METRICS.roleSessionDuration;
const { life: _, ...lifeless }: MetricDefinition = MERGE_METRICS.newestAge;
const family: MetricFamily = FAB_FAMILY;

describe('a metric is refused', () => {
  test.each<[string, MetricDefinition, RegExp]>([
    ['with a dash in its name', named('fab_tok-ens_total'), /snake_case/],
    ['with a doubled underscore', named('fab__tokens_total'), /snake_case/],
    ['with a colon, which recording rules own', named('fab:tokens_total'), /snake_case/],
    ['with the name of another family', named('giteas_tokens_total'), /starts with "fab_"/],
    ['as a counter without _total', named('fab_tokens'), /ends in _total/],
    ['as a gauge with _total', { ...counter, instrument: 'gauge' }, /ends in _total/],
    ['as a histogram with _total', { ...histogram, name: 'fab_seconds_total' }, /ends in _total/],
    ['with the suffix of a histogram part', { ...histogram, name: 'fab_seconds_count' }, /_bucket, _sum/],
    ['with a unit in words', { ...counter, unit: 'tokens' }, /neither an annotation/],
    ['with no unit', { ...counter, unit: '' }, /neither an annotation/],
    ['with a unit its name does not say', { ...counter, unit: 's' }, /needs _seconds/],
    ['with a unit in the wrong place', { ...histogram, name: 'fab_seconds_duration' }, /needs _seconds/],
    ['with a label nobody declared', { ...counter, labels: ['model'] }, /not declared by the fab family/],
    ['with a label listed twice', { ...counter, labels: ['role', 'role'] }, /listed once/],
    ['as a counter with bounds', { ...counter, bounds: [1] }, /only a histogram/],
    ['as a histogram without bounds', { ...histogram, bounds: [] }, /at least one bound/],
    ['with equal bounds', { ...histogram, bounds: [1, 1] }, /strictly increasing/],
    ['with falling bounds', { ...histogram, bounds: [1, 3, 2] }, /strictly increasing/],
    ['with an infinite bound', { ...histogram, bounds: [1, Number.POSITIVE_INFINITY] }, /finite/],
    ['with a bound that is no number', { ...histogram, bounds: [1, Number.NaN] }, /finite/],
    ['as a gauge without a life', lifeless, /lasts or lives/],
    ['as a counter with a life', { ...counter, life: 'lasts' }, /only a gauge/],
    ['with two lines of description', { ...counter, description: 'a\nb' }, /one line/],
    ['with a query for another metric', { ...counter, exampleQuery: 'up' }, /asks for the metric itself/],
  ])('%s', (_, metric, rule) => {
    expect(declarationFaults({ ...family, metrics: { metric } }).join('\n')).toMatch(rule);
  });
});

describe('a label is refused', () => {
  test.each<[string, string, readonly string[], RegExp]>([
    ['that histograms use', 'le', ['1', 'unknown'], /belong to Prometheus/],
    ['that scrapes set', 'instance', ['a', 'unknown'], /belong to Prometheus/],
    ['that Prometheus keeps for itself', '__name', ['a', 'unknown'], /snake_case/],
    ['without unknown', 'model', ['a', 'b'], /last value is "unknown"/],
    ['with nothing but unknown', 'model', ['unknown'], /last value is "unknown"/],
    ['with a value listed twice', 'model', ['a', 'a', 'unknown'], /listed once/],
    ['with an empty value', 'model', ['', 'unknown'], /not empty/],
  ])('%s', (_, name, values, rule) => {
    const labels = { ...family.labels, [name]: { name, description: 'A label', values } };
    expect(declarationFaults({ ...family, labels }).join('\n')).toMatch(rule);
  });

  test('under a key that is not its name', () => {
    const labels = {
      ...family.labels,
      model: { name: 'modal', description: 'A label', values: ['a', 'unknown'] },
    };
    expect(declarationFaults({ ...family, labels }).join('\n')).toMatch(/key and name are the same/);
  });
});

test.each([0, 1.5, 1001])('a label is refused of which a deployment declares %j values', (limit) => {
  const declared = { section: 'suites', limit };
  const labels = {
    ...family.labels,
    model: { name: 'model', description: 'A label', values: ['unknown'], declared },
  };
  expect(declarationFaults({ ...family, labels }).join('\n')).toMatch(/declares 1 to 1000 values/);
});

describe('an own label of a metric is refused', () => {
  test.each<[string, MetricDefinition['ownLabels'], RegExp]>([
    [
      'that the metric does not have',
      { decision: { name: 'decision', description: 'A label', values: ['a', 'unknown'] } },
      /own label decision: a metric has the labels/,
    ],
    [
      'without unknown',
      { role: { name: 'role', description: 'A label', values: ['a'] } },
      /own label role: the last value is "unknown"/,
    ],
  ])('%s', (_, ownLabels = {}, rule) => {
    expect(
      declarationFaults({ ...family, metrics: { metric: { ...counter, ownLabels } } }).join('\n'),
    ).toMatch(rule);
  });
});

describe('dependent labels are refused', () => {
  const labels = ['phase', 'group'];
  const unknown = { phase: 'unknown', group: 'unknown' };
  test.each<[string, MetricFamily['dependentLabels'][number]['sets'], RegExp]>([
    ['with a value their label does not allow', [{ phase: 'lunch', group: 'lab' }, unknown], /not allow/],
    ['with a value missing', [{ phase: 'lab' }, unknown], /not allow/],
    ['without the unknown set', [{ phase: 'lab', group: 'lab' }], /unknown throughout/],
    ['with a set listed twice', [unknown, unknown], /listed once/],
  ])('%s', (_, sets, rule) => {
    expect(declarationFaults({ ...family, dependentLabels: [{ labels, sets }] }).join('\n')).toMatch(rule);
  });
});

test('two metrics with one name are found', () => {
  const twice: MetricFamily = { ...family, metrics: { first: counter, second: { ...counter } } };
  expect(duplicateNames([twice])).toEqual(['fab_tokens_total']);
});

function named(name: string): MetricDefinition {
  return { ...counter, name };
}
