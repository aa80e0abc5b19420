import { describe, expect, test } from 'vitest';
import { FAB_METRICS } from './fab/metrics.ts';
import { fabRoleLabels } from './fab/role-labels.ts';
import { FAB_ROSTER } from './fab-roster.ts';
import { METRIC_FAMILIES } from './families.ts';
import { HEALTH_METRICS } from './health/metrics.ts';
import {
  type DeclaredLabels,
  declaredValues,
  isDeclaredByDeployment,
  knownLabelSets,
} from './known-label-sets.ts';
import type { MetricDefinition, MetricFamily } from './metric.ts';
import { TESTS_METRICS } from './tests/metrics.ts';

const families: readonly MetricFamily[] = Object.values(METRIC_FAMILIES);
const metrics = families.flatMap((family) => Object.values(family.metrics));

describe.each(metrics)('the label sets of $name', (metric) => {
  test('hold exactly the labels of the metric, and values they allow', () => {
    for (const set of knownLabelSets(metric))
      expect(Object.keys(set).sort()).toEqual([...metric.labels].sort());
  });

  test('are each there once', () => {
    const sets = knownLabelSets(metric).map((set) => JSON.stringify(set));
    expect(new Set(sets).size).toBe(sets.length);
  });

  test('include the one that is unknown throughout', () => {
    const unknown = Object.fromEntries(metric.labels.map((label) => [label, 'unknown']));
    expect(knownLabelSets(metric)).toContainEqual(unknown);
  });
});

test.each([
  ['agentSessions', 79],
  ['selfEval', 79 * 3],
  ['tokens', 79 * 3],
  ['roleSessionDuration', 79],
  ['sessionOutcomes', 79 * 7],
  ['mergeGateDecisions', 3 * 4],
  ['mergeGateAttempts', 3],
] as const)('%s has %i of them', (key, count) => {
  expect(knownLabelSets(FAB_METRICS[key])).toHaveLength(count);
});

test('a role comes with its own phase and group only', () => {
  const sets = knownLabelSets(FAB_METRICS.agentSessions).filter(({ role }) => role === 'react-engineer');
  expect(sets).toEqual([{ role: 'react-engineer', phase: 'build', group: 'factory' }]);
});

test('whatever a role is called, its labels are a known set', () => {
  const known = knownLabelSets(FAB_METRICS.agentSessions);
  const called = [...FAB_ROSTER.map(({ role }) => role), 'unknown', 'hired-yesterday', '', undefined];
  for (const role of called) expect(known).toContainEqual(fabRoleLabels(role));
});

test('a metric with the phase alone has each phase once', () => {
  const byPhase: MetricDefinition = { ...FAB_METRICS.agentSessions, labels: ['phase'] };
  expect(knownLabelSets(byPhase)).toHaveLength(12);
});

test('a metric without labels has one set, the empty one', () => {
  expect(knownLabelSets({ ...FAB_METRICS.agentSessions, labels: [] })).toEqual([{}]);
});

test('names the families when no family declares the metric', () => {
  const foreign: MetricDefinition = { ...FAB_METRICS.tokens, name: 'foreign_total' };
  expect(() => knownLabelSets(foreign)).toThrow(/No metric family declares "foreign_total". Families: fab/);
});

test('names the labels of the family when it has no such label', () => {
  const mislabelled: MetricDefinition = { ...FAB_METRICS.tokens, labels: ['model'] };
  expect(() => knownLabelSets(mislabelled)).toThrow(/fab family has no label "model". Its labels: role, /);
});

describe('of labels that a deployment declares', () => {
  const declared: DeclaredLabels = [
    {
      labels: ['suite', 'category'],
      sets: [
        { suite: 'hermes', category: 'acp' },
        { suite: 'hermes', category: 'unknown' },
        { suite: 'nightly', category: 'unknown' },
      ],
    },
    { labels: ['vantage'], sets: [{ vantage: 'laptop' }] },
  ];
  const unknown = { suite: 'unknown', category: 'unknown' };

  test('the sets are those of the deployment, and the unknown one last', () => {
    expect(knownLabelSets(TESTS_METRICS.duration, undefined, declared)).toEqual([
      ...(declared[0]?.sets ?? []),
      unknown,
    ]);
  });

  test('a metric with the suite alone has each suite once', () => {
    const sets = knownLabelSets(TESTS_METRICS.unknownDurations, undefined, declared);
    expect(sets.map(({ suite }) => suite)).toEqual(['hermes', 'nightly', 'unknown']);
  });

  test('a label that depends on no other has its declared values', () => {
    const sets = knownLabelSets(HEALTH_METRICS.vantageIsolated, undefined, declared);
    expect(sets).toEqual([
      { vantage: 'laptop', network: 'unknown' },
      { vantage: 'unknown', network: 'unknown' },
    ]);
  });

  test('nothing is invented where the deployment declares nothing', () => {
    expect(knownLabelSets(TESTS_METRICS.duration)).toEqual([unknown]);
  });

  test('a metric has the values of its own label, not those of its family', () => {
    const outcomes = knownLabelSets(TESTS_METRICS.reports).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(TESTS_METRICS.reports.ownLabels.outcome.values);
  });

  test('the declared values of a label are each there once, without unknown', () => {
    expect(declaredValues(declared, 'category')).toEqual(['acp']);
    expect(declaredValues(declared, 'target')).toEqual([]);
  });

  test('a metric tells whether a deployment declares its labels', () => {
    expect(isDeclaredByDeployment(TESTS_METRICS.runs)).toBe(true);
    expect(isDeclaredByDeployment(FAB_METRICS.tokens)).toBe(false);
  });
});
