/** "Wizard Fleet Health": what is up, from where, and for how long. */
import { HEALTH_METRICS } from '@ephemetry/contract';
import {
  CHART,
  RANKING,
  READINGS,
  SUMMARY,
  WINDOW,
  windowVariable,
} from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type {
  DashboardDefinition,
  PanelColor,
  PanelDefinition,
  RowDefinition,
  Threshold,
} from '../../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../../engine/promql/queries.ts';
import { certificateSeconds } from '../alerts/service-alerts.ts';
import type { RowScope } from '../rows/row-values.ts';
import { QUALITY_TAGS, rowPanel } from './row-panels.ts';

const EMPTY = 'no probe within 5 minutes: is a prober running?';
const STATE_COLORS: Readonly<Record<string, PanelColor>> = {
  up: 'green',
  down: 'red',
  unreachable: 'orange',
};

/** The definition under these options. */
export function fleetHealthBoard({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({
    clusterLabel,
    variables: { target: 'target', vantage: 'vantage' },
    store,
  });
  const scope = { queries, clusterLabel };
  return {
    uid: 'wizard-fleet-health',
    title: 'Wizard Fleet Health',
    purpose: 'What is up, from where, and for how long.',
    tags: QUALITY_TAGS,
    range: '24h',
    judge: 'prometheus',
    variables: [
      choice('target', HEALTH_METRICS.lastProbe.name),
      choice('vantage', HEALTH_METRICS.lastProbe.name),
      windowVariable(),
    ],
    rows: [nowRow(queries), statesRow(queries), uptimeRow(scope), historyRow(queries)],
  };
}

function choice(label: string, metric: string): DashboardDefinition['variables'][number] {
  return { kind: 'label', name: label, query: `label_values(${metric}, ${label})` };
}

/** 1 where the last probe of a vantage found the target in that state. */
function inState(queries: Queries, state: string | readonly string[]): string {
  return `last_over_time(${queries.series(HEALTH_METRICS.targetState, { state })}[5m]) == 1`;
}

/** Targets, each once: what one vantage sees up is up, whatever others see. */
function nowRow(queries: Queries): RowDefinition {
  const targets = (state: string | readonly string[]): string =>
    `max by (target) (${inState(queries, state)})`;
  const all = targets(['up', 'down', 'unreachable']);
  const counted = (which: string): string => `count(${which}) or count(${all}) * 0`;
  const down = `${targets('down')} unless on (target) ${targets('up')}`;
  const unseen = `${targets('unreachable')} unless on (target) ${targets(['up', 'down'])}`;
  const isolated = `last_over_time(${queries.series(HEALTH_METRICS.vantageIsolated)}[5m])`;
  const stat = (title: string, question: string, whenRed: string, expr: string): PanelDefinition => ({
    kind: 'stat',
    title,
    question,
    whenRed,
    queries: [{ expr, legend: title }],
    unit: 'short',
    decimals: 0,
    empty: EMPTY,
  });
  return {
    title: 'Now',
    size: SUMMARY,
    panels: [
      {
        ...stat('Up', 'How many services are up?', 'See which are not, below.', counted(targets('up'))),
        thresholds: [{ color: 'green', value: null }],
        alert: 'service-down',
      },
      {
        ...stat(
          'Down',
          'How many services does a vantage find down, and none up?',
          'Go to its host: process, log, what it needs. After 5 minutes somebody is called.',
          counted(down),
        ),
        thresholds: atLeastOne('red'),
        alert: 'service-down',
      },
      {
        ...stat(
          'Unreachable',
          'How many services does no vantage see, neither up nor down?',
          'It may work: look at names and networks between the vantage and it.',
          counted(unseen),
        ),
        thresholds: atLeastOne('orange'),
        alert: 'service-unreachable',
      },
      {
        ...stat(
          'Vantages cut off',
          'How many vantages does no witness answer, in some network?',
          'It is the watcher’s own connection: what it cannot see is not down.',
          `sum(max by (vantage) (${isolated}))`,
        ),
        thresholds: atLeastOne('orange'),
        empty: 'no network has witnesses',
        alert: 'vantage-isolated',
      },
    ],
  };
}

function atLeastOne(color: PanelColor): readonly Threshold[] {
  return [
    { color: 'green', value: null },
    { color, value: 1 },
  ];
}

function statesRow(queries: Queries): RowDefinition {
  const state = (name: string): string => `max by (target, vantage) (${inState(queries, name)})`;
  return {
    title: 'Every target by vantage',
    size: RANKING,
    panels: [
      {
        kind: 'bargauge',
        title: 'State by target and vantage',
        question: 'What does each vantage find? The 15 worst first: down, unreachable, up.',
        whenRed:
          '`down` from one vantage and `up` from another is a path, not the service. `unreachable` is the vantage’s network.',
        queries: [
          {
            expr: `sort_desc(topk(15, ${state('down')} * 3 or ${state('unreachable')} * 2 or ${state('up')}))`,
            legend: '{{target}} from {{vantage}}',
          },
        ],
        unit: 'short',
        min: 0,
        max: 3,
        thresholds: [
          { color: 'green', value: null },
          { color: 'orange', value: 2 },
          { color: 'red', value: 3 },
        ],
        names: [
          { value: 1, text: 'up', color: 'green' },
          { value: 2, text: 'unreachable', color: 'orange' },
          { value: 3, text: 'down', color: 'red' },
        ],
        empty: EMPTY,
        alert: 'service-down',
      },
      {
        kind: 'bargauge',
        title: 'Days until certificates expire',
        question: 'Which certificate expires first? The 15 nearest.',
        whenRed: 'Orange: two weeks. Red: three days. Look at what renews it.',
        queries: [
          {
            expr: `sort(bottomk(15, (${certificateSeconds({ queries, clusterLabel: '' })}) / 86400))`,
            legend: '{{target}}',
          },
        ],
        unit: 'short',
        decimals: 0,
        min: 0,
        thresholds: [
          { color: 'red', value: null },
          { color: 'orange', value: 3 },
          { color: 'green', value: 14 },
        ],
        empty: 'no target with TLS was probed',
        alert: 'certificate-expiry',
      },
    ],
  };
}

function uptimeRow({ queries }: RowScope): RowDefinition {
  const probes = (state: string | readonly string[]): string =>
    queries.increase(HEALTH_METRICS.probes, { window: '24h', by: ['target'], where: { state } });
  const all = probes(['up', 'down']);
  return {
    title: 'Uptime',
    size: { width: 8, height: 8 },
    panels: [
      rowPanel('gateway_uptime', ['target']),
      {
        kind: 'bargauge',
        title: 'Uptime of 24 hours',
        question: 'Of the probes that could tell, how many found it up? The 6 worst.',
        whenRed: 'See below when it was down, and read its log of that time.',
        queries: [
          {
            expr: `sort(bottomk(6, (${probes('up')} or ${all} * 0) / (${all} > 0)))`,
            legend: '{{target}}',
          },
        ],
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        thresholds: [
          { color: 'red', value: null },
          { color: 'orange', value: 0.95 },
          { color: 'green', value: 0.99 },
        ],
        empty: 'no probe in 24 hours',
        alert: 'gateway-uptime-low',
      },
      {
        kind: 'bargauge',
        title: 'Time since the last probe',
        question: 'Does every vantage still probe?',
        whenRed: 'Beyond 2 minutes its report is missing: look whether the prober runs.',
        queries: [
          {
            expr: `sort_desc(time() - max by (vantage) (last_over_time(${queries.series(HEALTH_METRICS.lastProbe)}[1d])))`,
            legend: '{{vantage}}',
          },
        ],
        unit: 's',
        min: 0,
        thresholds: [
          { color: 'green', value: null },
          { color: 'orange', value: 120 },
        ],
        empty: 'no probe in a day',
        alert: 'health-report-missing',
      },
    ],
  };
}

function historyRow(queries: Queries): RowDefinition {
  const share = (state: string): string =>
    `${queries.increase(HEALTH_METRICS.probes, { window: WINDOW, by: ['target'], where: { state } })} / (${queries.increase(HEALTH_METRICS.probes, { window: WINDOW, by: ['target'] })} > 0) > 0`;
  return {
    title: 'When',
    size: CHART,
    panels: [
      {
        ...READINGS,
        title: 'Share of probes that found it down',
        question: 'When was which service down?',
        whenRed: 'The same minute for several: look at what they share.',
        queries: [{ expr: share('down'), legend: '{{target}}' }],
        unit: 'percentunit',
        max: 1,
        empty: 'no probe found anything down in this range, or there was none',
        alert: 'service-down',
      },
      {
        kind: 'timeseries',
        drawn: 'bands',
        title: 'Targets by state',
        question: 'How many does a vantage find in each state, over time?',
        whenRed: 'A band of `unreachable` from one vantage alone is its own connection.',
        queries: (['down', 'unreachable', 'up'] as const).map((state) => ({
          expr: `count(max by (target, vantage) (${inState(queries, state)}))`,
          legend: state,
        })),
        colors: STATE_COLORS,
        unit: 'short',
        decimals: 0,
        min: 0,
        empty: EMPTY,
        alert: 'service-unreachable',
      },
    ],
  };
}
