/** "Test Suite Quality": what the tests say, and whether they say it. */
import { TESTS_METRICS } from '@ephemetry/contract';
import { CHART, COUNTS, READINGS, WINDOW, windowVariable } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { DashboardDefinition, PanelColor, RowDefinition } from '../../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../../engine/promql/queries.ts';
import { TEST_RESULTS } from '../rows/row-values.ts';
import { SOURCES, timestampOf } from '../rows/sources.ts';
import { QUALITY_TAGS, rowPanel } from './row-panels.ts';

const EMPTY = 'no test report in this range';
const OUTCOME_COLORS: Readonly<Record<string, PanelColor>> = {
  passed: 'green',
  failed: 'red',
  error: 'purple',
  skipped: 'text',
};
const CHOSEN = 'suite=~"$suite"';

/** The definition under these options. */
export function suiteQualityBoard({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({ clusterLabel, variables: { suite: 'suite' }, store });
  return {
    uid: 'test-suite-quality',
    title: 'Test Suite Quality',
    purpose: 'What the tests say, and whether they say it.',
    tags: QUALITY_TAGS,
    range: '14d',
    judge: 'prometheus',
    variables: [
      {
        kind: 'label',
        name: 'suite',
        query: `label_values(${TESTS_METRICS.lastRunTimestamp.name}, suite)`,
      },
      windowVariable(),
    ],
    rows: [targetsRow(), lastRunRow(queries), trendRow(queries), changesRow(queries), timeRow(queries)],
  };
}

function targetsRow(): RowDefinition {
  return {
    title: 'Targets',
    size: { width: 12, height: 6 },
    panels: (['test_pass_rate', 'acp_fix_rate', 'code_coverage', 'flaky_tests'] as const).map((id) =>
      rowPanel(id, ['suite']),
    ),
  };
}

function lastRunRow(queries: Queries): RowDefinition {
  return {
    title: 'The last run of each suite',
    size: { width: 8, height: 8 },
    panels: [
      {
        kind: 'bargauge',
        title: 'Tests that do not pass',
        question: 'Which suite and category has failures and errors? The 8 with the most.',
        whenRed: 'Errors are tests that could not run: look at what they need. Failures: at the change.',
        queries: [
          {
            expr: `sort_desc(topk(8, sum by (suite, category, outcome) (${TEST_RESULTS}{outcome=~"failed|error",${CHOSEN}}) > 0))`,
            legend: '{{suite}} {{category}}: {{outcome}}',
          },
        ],
        unit: 'locale',
        decimals: 0,
        min: 0,
        thresholds: [{ color: 'red', value: null }],
        empty: 'every test of the last runs passed, or no suite reported',
        alert: 'test-pass-rate-low',
      },
      {
        kind: 'bargauge',
        title: 'Age of the last report',
        question: 'How long ago did each suite last report? The 8 oldest.',
        whenRed:
          'Older than 26 hours, or its own `max_age`, is missing: look whether it ran, and whether it was sent.',
        queries: [
          {
            expr: `sort_desc(topk(8, time() - ${timestampOf('tests', `,${CHOSEN}`)}))`,
            legend: '{{suite}}',
          },
        ],
        unit: 's',
        min: 0,
        thresholds: [
          { color: 'green', value: null },
          { color: 'orange', value: SOURCES.tests.maxAgeSeconds },
        ],
        empty: 'no suite has ever reported',
        alert: 'test-report-missing',
      },
      {
        kind: 'bargauge',
        title: 'Reports missing in the last run',
        question: 'Which suite lacks reports that were expected?',
        whenRed: 'A job of the run died or could not upload: its tests are in no number here.',
        queries: [
          {
            expr: `sort_desc(topk(8, max by (suite) (last_over_time(${queries.series(TESTS_METRICS.lastRunMissingReports)}[1h]))))`,
            legend: '{{suite}}',
          },
        ],
        unit: 'locale',
        decimals: 0,
        min: 0,
        thresholds: [
          { color: 'green', value: null },
          { color: 'red', value: 1 },
        ],
        empty: 'no test report in the last hour’s samples',
        alert: 'test-report-missing',
      },
    ],
  };
}

function trendRow(queries: Queries): RowDefinition {
  const covered = (state: string): string =>
    `max by (suite) (last_over_time(${queries.series(TESTS_METRICS.coverageLines, { state })}[1h]))`;
  return {
    title: 'Trends',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
        title: 'Pass rate by suite',
        question: 'Since when does a suite fail?',
        whenRed: 'A step down is one change: look at what was merged before it. A gap is a missing report.',
        queries: [{ expr: `quality:test_pass_rate{${CHOSEN}}`, legend: '{{suite}}' }],
        unit: 'percentunit',
        decimals: 1,
        max: 1,
        empty: EMPTY,
        alert: 'test-pass-rate-low',
      },
      {
        kind: 'timeseries',
        title: 'Coverage by suite',
        question: 'Does coverage fall?',
        whenRed: 'A sudden fall is a part that did not run; a slow one is code without tests.',
        queries: [{ expr: `${covered('covered')} / (${covered('total')} > 0)`, legend: '{{suite}}' }],
        unit: 'percentunit',
        decimals: 1,
        max: 1,
        empty: 'no coverage report in this range',
        alert: 'code-coverage-low',
      },
    ],
  };
}

function changesRow(queries: Queries): RowDefinition {
  return {
    title: 'What changed',
    size: { width: 8, height: 7 },
    panels: [
      {
        ...COUNTS,
        title: 'Tests by outcome',
        question: 'How many tests ran in each window, and how did they end?',
        whenRed: 'Fewer than usual: a part of a suite did not run.',
        queries: [
          {
            expr: `${queries.increase(TESTS_METRICS.results, { window: WINDOW, by: ['outcome'] })} > 0`,
            legend: '{{outcome}}',
          },
        ],
        colors: OUTCOME_COLORS,
        empty: EMPTY,
        alert: 'test-report-missing',
      },
      {
        ...COUNTS,
        title: 'Tests that broke and were fixed',
        question: 'How many tests of the default branch stopped passing, or began to?',
        whenRed: 'Many at once are one change: revert it.',
        queries: [
          {
            expr: `${queries.increase(TESTS_METRICS.transitions, { window: WINDOW, by: ['kind'] })} > 0`,
            legend: '{{kind}}',
          },
        ],
        colors: { broken: 'red', fixed: 'green' },
        empty: 'no test changed in this range, or nothing keeps a history',
        alert: 'test-pass-rate-low',
      },
      {
        kind: 'timeseries',
        title: 'Flaky tests by suite',
        question: 'Do they become more?',
        whenRed: '`ephemetry tests flaky` names them.',
        queries: [{ expr: `quality:flaky_tests{${CHOSEN}}`, legend: '{{suite}}' }],
        unit: 'locale',
        decimals: 0,
        min: 0,
        empty: 'not known: no commit ran twice, and retries are hidden',
        alert: 'flaky-tests-high',
      },
    ],
  };
}

function timeRow(queries: Queries): RowDefinition {
  return {
    title: 'Time',
    size: CHART,
    panels: [
      {
        ...READINGS,
        title: 'Test duration p95 by suite',
        question: 'Which suite has slow tests?',
        whenRed: 'Compare the window before the step with the one after it: which change is between them?',
        queries: [
          {
            expr: queries.quantile(0.95, TESTS_METRICS.duration, { window: WINDOW, by: ['suite'] }),
            legend: '{{suite}}',
          },
        ],
        unit: 's',
        empty: EMPTY,
        alert: 'test-report-missing',
      },
      {
        kind: 'timeseries',
        title: 'Time of the last run',
        question: 'How long does a run of each suite take, from its first test to its last?',
        whenRed: 'More time with the same tests: fewer machines, or slower ones.',
        queries: [
          {
            expr: `max by (suite) (last_over_time(${queries.series(TESTS_METRICS.lastRunWall)}[10m]) >= 0)`,
            legend: '{{suite}}',
          },
        ],
        unit: 's',
        min: 0,
        empty: 'no report with times in this range',
        alert: 'test-report-missing',
      },
    ],
  };
}
