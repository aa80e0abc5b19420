/** "fab — delivery": do the measurements themselves arrive. */
import { FAB_METRICS, GATEWAY_METRICS, GATEWAY_QUEUES } from '@ephemetry/contract';
import {
  CHART,
  COUNTS,
  clusterVariable,
  WINDOW,
  windowVariable,
} from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { DashboardDefinition, PanelColor, RowDefinition } from '../../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../../engine/promql/queries.ts';
import { fabMarks } from '../marks.ts';
import { batchesRow } from './batches-row.ts';

/** A chart of whole numbers that are always there. */
const LEVELS = { kind: 'timeseries', unit: 'locale', decimals: 0, min: 0 } as const;
/** A colour for each page; none of them judges. */
const SCRAPE_COLORS: Readonly<Record<(typeof GATEWAY_METRICS)['up']['job'][number], PanelColor>> = {
  'ephemetry-gateway': '#8A94A6',
  'ephemetry-totals': 'blue',
  'ephemetry-histograms': 'purple',
  'ephemetry-readings': '#14A3A8',
  'ephemetry-results': '#8C6D31',
};
const NO_GATEWAY = 'no gateway in this range';

/** The definition under these options. */
export function fabDelivery({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({ clusterLabel, variables: { [clusterLabel]: 'cluster' }, store });
  return {
    uid: 'fab-delivery',
    title: 'fab — delivery',
    purpose:
      'Whether the measurements themselves arrive: what came late, twice or never, and how full the gateway is.',
    tags: ['nanohype', 'fab'],
    marks: fabMarks(queries),
    variables: [clusterVariable(clusterLabel, FAB_METRICS.agentSessions.name), windowVariable()],
    rows: [batchesRow(queries), gatewayRow(queries), capacityRow(queries)],
  };
}

function gatewayRow(queries: Queries): RowDefinition {
  return {
    title: 'Gateway',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Points accepted and turned away',
        question: 'Does the gateway take what programs send?',
        whenRed:
          'Turned away means full: the programs keep their batches and deliver later. Look at the queue and the memory below.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.acceptedPoints, {
              window: WINDOW,
              where: { receiver: 'otlp' },
            }),
            legend: 'accepted',
          },
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.refusedPoints, {
              window: WINDOW,
              where: { receiver: 'otlp' },
            }),
            legend: 'turned away',
          },
        ],
        colors: { accepted: 'blue', 'turned away': 'red' },
        empty: 'nothing was sent in this range',
        alert: 'fab-gateway-refuses',
      },
      {
        ...COUNTS,
        title: 'Points forwarded and given up',
        question: 'Does what was merged reach Prometheus? Each total is sent again at each scrape.',
        whenRed:
          'Given up is bad samples or missing rights: the gateway’s log has the answer of the other side.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.sentPoints, {
              window: WINDOW,
              where: { exporter: GATEWAY_QUEUES.forward },
            }),
            legend: 'forwarded',
          },
          {
            // Another exporter gathers what comes in: what that one gives up was refused, and programs keep it.
            expr: queries.increaseOrFirst(GATEWAY_METRICS.failedPoints, {
              window: WINDOW,
              by: ['exporter'],
              where: { exporter: [GATEWAY_QUEUES.durable, GATEWAY_QUEUES.forward] },
            }),
            legend: 'given up by {{exporter}}',
          },
        ],
        colors: {
          forwarded: 'blue',
          [`given up by ${GATEWAY_QUEUES.durable}`]: 'orange',
          [`given up by ${GATEWAY_QUEUES.forward}`]: 'red',
        },
        empty: NO_GATEWAY,
      },
      {
        ...LEVELS,
        drawn: 'bands',
        title: 'Scrapes that worked',
        question: 'Is each page of the gateway being scraped? Each has a band, which is 1 high when it is.',
        whenRed:
          'A band that is missing was not scraped, from one gateway at least. Its series go stale after 5 minutes: the boards show gaps.',
        queries: [
          {
            expr: `min by (job) (${queries.series(GATEWAY_METRICS.up)})`,
            legend: '{{job}}',
          },
        ],
        max: GATEWAY_METRICS.up.job.length,
        colors: SCRAPE_COLORS,
        empty: NO_GATEWAY,
        alert: 'fab-metrics-absent',
      },
      {
        kind: 'timeseries',
        title: 'Gateway uptime',
        question: 'When did the gateway restart? Of several, the youngest.',
        whenRed:
          'A restart that nobody planned loses at most what was merged since the last scrape: the runbook has the arithmetic.',
        queries: [{ expr: `min(${queries.series(GATEWAY_METRICS.uptime)})`, legend: 'uptime' }],
        unit: 's',
        min: 0,
        empty: NO_GATEWAY,
      },
    ],
  };
}

function capacityRow(queries: Queries): RowDefinition {
  // The fullest of several gateways: an average would hide it.
  const filled = (exporter: string): string =>
    `max(${queries.series(GATEWAY_METRICS.queueSize, { exporter })} / ${queries.series(GATEWAY_METRICS.queueCapacity, { exporter })})`;
  return {
    title: 'Room left',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
        title: 'Queues, filled',
        question: 'How full are the durable queue and the queue towards Prometheus?',
        whenRed:
          'A full durable queue refuses programs, which keep their batches; a full forward queue drops the newest samples, and the next ones have everything.',
        queries: [
          { expr: filled(GATEWAY_QUEUES.durable), legend: 'durable queue' },
          { expr: filled(GATEWAY_QUEUES.forward), legend: 'forward queue' },
        ],
        colors: { 'durable queue': 'blue', 'forward queue': 'purple' },
        unit: 'percentunit',
        min: 0,
        max: 1,
        thresholds: [
          { color: 'green', value: null },
          { color: 'orange', value: 0.5 },
          { color: 'red', value: 0.9 },
        ],
        empty: NO_GATEWAY,
        alert: 'fab-gateway-refuses',
      },
      {
        ...LEVELS,
        title: 'Streams in memory',
        question: 'How many batches can still be recognised, and how many series are kept?',
        whenRed:
          'About 1 KB each. Too many: a shorter `GATEWAY_DEDUPE_WINDOW_SECONDS`, more memory, or another shard.',
        queries: [{ expr: `sum(${queries.series(GATEWAY_METRICS.trackedStreams)})`, legend: 'streams' }],
        empty: NO_GATEWAY,
      },
      {
        ...LEVELS,
        title: 'Series of fab',
        question: 'How many series does fab have? Labels are bounded, so this does not grow with runs.',
        whenRed: 'A growing number is a program that sends labels outside the contract.',
        queries: [{ expr: queries.seriesCount('fab'), legend: 'series' }],
        empty: NO_GATEWAY,
      },
      {
        kind: 'timeseries',
        title: 'Gateway memory',
        question: 'How much memory does the gateway hold? Of several, the largest.',
        whenRed:
          'At `GATEWAY_MEMORY_LIMIT_MIB` it refuses programs, which keep their batches until it has room.',
        queries: [{ expr: `max(${queries.series(GATEWAY_METRICS.residentMemory)})`, legend: 'resident' }],
        unit: 'bytes',
        min: 0,
        empty: NO_GATEWAY,
      },
    ],
  };
}
