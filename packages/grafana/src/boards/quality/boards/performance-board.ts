/** "Performance Metrics": how quickly providers answer, changes are merged and pipelines end, and what it costs. */
import { FAB_METRICS, FORGE_METRICS, HEALTH_METRICS } from '@ephemetry/contract';
import { CHART, COUNTS, READINGS, WINDOW, windowVariable } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type {
  DashboardDefinition,
  PanelColor,
  PanelDefinition,
  RowDefinition,
} from '../../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../../engine/promql/queries.ts';
import { QUALITY_TAGS, rowPanel } from './row-panels.ts';

const EMPTY = 'no probe in this range';
const QUANTILE_COLORS: Readonly<Record<string, PanelColor>> = { p50: 'blue', p95: 'purple', p99: 'orange' };
/** The same days of the week, a month ago. */
const MONTH_AGO = '4w';
const THEN = 'four weeks ago';

/** The definition under these options. */
export function performanceBoard({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({ clusterLabel, variables: { target: 'target' }, store });
  return {
    uid: 'performance-metrics',
    title: 'Performance Metrics',
    purpose: 'How quickly providers answer, changes are merged and pipelines end, and what it costs.',
    tags: QUALITY_TAGS,
    range: '7d',
    judge: 'prometheus',
    variables: [
      {
        kind: 'label',
        name: 'target',
        query: `label_values(${HEALTH_METRICS.lastProbe.name}, target)`,
      },
      windowVariable(),
    ],
    rows: [
      {
        title: 'Targets',
        size: { width: 12, height: 6 },
        panels: [
          rowPanel('provider_response', ['target']),
          rowPanel('merge_time'),
          rowPanel('issues_resolved'),
          rowPanel('auto_dispatch'),
        ],
      },
      responseRow(queries),
      forgeRow(queries),
      spendRow(queries),
    ],
  };
}

/** Each figure beside the same figure of the same week a month ago. */
function responseRow(queries: Queries): RowDefinition {
  const beside = (
    panel: (offset: string | undefined, title: string) => PanelDefinition,
  ): readonly PanelDefinition[] => [panel(undefined, ''), panel(MONTH_AGO, `, ${THEN}`)];
  return {
    title: `Response, and the same week ${THEN}`,
    size: CHART,
    panels: [
      ...beside((offset, when) => ({
        ...READINGS,
        title: `Response p50, p95, p99${when}`,
        question: `How long do probes take, over all targets that are chosen${when}?`,
        whenRed: 'A p99 that leaves the p50 behind is single requests that hang, or one target of many.',
        queries: ([0.5, 0.95, 0.99] as const).map((quantile) => ({
          expr: queries.quantile(quantile, HEALTH_METRICS.probeDuration, { window: WINDOW, offset }),
          legend: `p${quantile * 100}`,
        })),
        colors: QUANTILE_COLORS,
        unit: 's',
        empty: EMPTY,
        alert: 'provider-response-slow',
      })),
      ...beside((offset, when) => ({
        ...READINGS,
        title: `Response p95 by target${when}`,
        question: `Which target is slow${when}?`,
        whenRed: 'Slow now and not then: look at its phases below.',
        queries: [
          {
            expr: queries.quantile(0.95, HEALTH_METRICS.probeDuration, {
              window: WINDOW,
              by: ['target'],
              offset,
            }),
            legend: '{{target}}',
          },
        ],
        unit: 's',
        empty: EMPTY,
        alert: 'provider-response-slow',
      })),
      ...beside((offset, when) => ({
        ...READINGS,
        title: `Slowest target by phase${when}`,
        question: `In which phase of a probe does the time go, at the slowest target${when}?`,
        whenRed: '`resolve` and `connect` are ours or the network’s; `first_byte` is the service’s.',
        queries: [
          {
            expr: `max by (phase) (quantile_over_time(0.95, ${queries.series(HEALTH_METRICS.probePhase)}[${WINDOW}]${offset === undefined ? '' : ` offset ${offset}`}))`,
            legend: '{{phase}}',
          },
        ],
        unit: 's',
        empty: EMPTY,
        alert: 'provider-response-slow',
      })),
    ],
  };
}

function forgeRow(queries: Queries): RowDefinition {
  return {
    title: 'Merges and pipelines',
    size: CHART,
    panels: [
      {
        ...READINGS,
        title: 'Merge time p50 and p95',
        question: 'How long is it from the creation of a change to its merge, of the merges of a day?',
        whenRed: 'A p95 of days with a p50 of hours is a few changes that wait for somebody.',
        queries: ([0.5, 0.95] as const).map((quantile) => ({
          expr: queries.quantile(quantile, FORGE_METRICS.changeMerge, { window: '1d' }),
          legend: `p${quantile * 100}`,
        })),
        colors: QUANTILE_COLORS,
        unit: 's',
        empty: 'no merge in the day before any moment of this range',
        alert: 'merge-time-high',
      },
      {
        ...READINGS,
        title: 'Pipeline time p95 by pipeline',
        question: 'Which pipeline is slow?',
        whenRed: 'A step up is a change of the pipeline, or fewer runners.',
        queries: [
          {
            expr: queries.quantile(0.95, FORGE_METRICS.pipelineRun, { window: WINDOW, by: ['pipeline'] }),
            legend: '{{pipeline}}',
          },
        ],
        unit: 's',
        empty: 'no pipeline ended in this range',
        alert: 'forge-report-missing',
      },
    ],
  };
}

function spendRow(queries: Queries): RowDefinition {
  return {
    title: 'Tokens and cost',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Tokens',
        question: 'How many tokens did the runs take in each window?',
        whenRed: 'Compare with what was delivered: more tokens for the same work is a loop.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.tokens, { window: WINDOW, by: ['direction'] })} > 0`,
            legend: '{{direction}}',
          },
        ],
        empty: 'no run said what it used in this range',
        alert: 'auto-dispatch-low',
      },
      {
        ...COUNTS,
        title: 'Cost',
        question: 'What did the runs of each window cost?',
        whenRed: 'See which role spends it on the board "fab — overview".',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.costUsd, { window: WINDOW, by: ['phase'] })} > 0`,
            legend: '{{phase}}',
          },
        ],
        unit: 'currencyUSD',
        decimals: 2,
        empty: 'no run said what it cost in this range',
        alert: 'auto-dispatch-low',
      },
    ],
  };
}
