/** Every expression parses, and names only what the contract declares. */
import { describe, expect, test } from 'vitest';
import { fabObservability } from '../src/index.ts';
import { alertGroupResource, boards, panelsOf, prometheusRules } from './outputs.ts';
import { expressionFaults, metricNames } from './promql-names.ts';

const OPTIONS = [
  ['cluster', {}],
  ['k8s_cluster', { clusterLabel: 'k8s_cluster' }],
] as const;

describe.each(OPTIONS)('with the cluster in the label %s', (clusterLabel, options) => {
  const panels = boards(options).flatMap((board) =>
    panelsOf(board).flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ where: `${board.title}, ${title} ${refId}`, expr })),
    ),
  );
  const rules = prometheusRules(options).map(({ alert, expr }) => ({ where: alert, expr }));
  const pages = fabObservability(options).alertGroups.flatMap(({ alerts }) =>
    alerts.flatMap(({ title, page }) =>
      page.look.map(({ tells, query }) => ({ where: `${title}: ${tells}`, expr: query })),
    ),
  );

  test.each([...panels, ...rules, ...pages])('$where', ({ expr }) => {
    expect(expressionFaults(expr, clusterLabel)).toEqual([]);
    // A selector of a whole family has no name.
    expect(metricNames(expr).length > 0 || expr.includes('__name__=~"fab_.+"')).toBe(true);
  });

  test.each(
    boards(options).flatMap(({ title, templating }) =>
      templating.list
        .filter(({ type }) => type === 'query')
        .map(({ name, query }) => ({ title, name, query })),
    ),
  )('$title, variable $name', ({ query }) => {
    const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    expect(expressionFaults(selector, clusterLabel)).toEqual([]);
    // The values of a label that the metric has: as a grouping it would be allowed.
    expect(expressionFaults(`sum by (${label}) (${selector})`, clusterLabel)).toEqual([]);
  });

  test('every variable that is used is one of the board', () => {
    for (const board of boards(options)) {
      const names = board.templating.list.map(({ name }) => name);
      const used = [
        ...panelsOf(board).flatMap(({ targets = [] }) =>
          targets.flatMap(({ expr, interval = '' }) => [expr, interval]),
        ),
        ...board.annotations.list.map(({ expr }) => expr),
        ...board.templating.list.map(({ query }) => query),
      ].flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, name]) => name));
      expect(new Set(used.filter((name) => !name?.startsWith('__')))).toEqual(new Set(names));
    }
  });
});

test('Grafana and Prometheus are given the same expressions', () => {
  const inGrafana = alertGroupResource().spec.rules.map(({ title, data }) => [title, data[0]?.model['expr']]);
  expect(inGrafana).toEqual(prometheusRules().map(({ alert, expr }) => [alert, expr]));
});

test('an alert does not depend on a variable of a board', () => {
  expect(prometheusRules().filter(({ expr }) => expr.includes('$'))).toEqual([]);
});

test.each([
  ['sum(', 'does not parse'],
  ['', 'is empty'],
  ['sum(increase(fab_token_total[1h]))', 'no metric fab_token_total'],
  ['fab_tokens_total{colour="red"}', 'fab_tokens_total has no colour'],
  ['sum by (colour) (fab_tokens_total)', 'fab_tokens_total cannot be grouped by colour'],
  ['sum by (le) (fab_tokens_total)', 'fab_tokens_total cannot be grouped by le'],
  ['fab_role_session_duration_seconds', 'no metric fab_role_session_duration_seconds'],
  ['sum(fab_tokens_total) / on (role) sum by (role) (fab_tokens_total)', 'matches on role'],
  ['otelcol_process_uptime', 'otelcol_process_uptime of any job'],
  ['otelcol_process_uptime{job="otel-gateway"}', 'otelcol_process_uptime of any job'],
  ['up{job="ephemetry-totals"}', 'up of any job'],
  ['fab_tokens_total{job="fab"}', 'fab_tokens_total has no job'],
])('this suite sees what is wrong with %o', (expression, fault) => {
  expect(expressionFaults(expression)).toEqual([expect.stringContaining(fault)]);
});
