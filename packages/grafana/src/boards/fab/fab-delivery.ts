/** "fab — delivery": do the measurements themselves arrive. */
import {
  EPHEMETRY_METRICS,
  FAB_METRICS,
  GATEWAY_METRICS,
  GATEWAY_QUEUES,
  MERGE_ERRORS,
} from '@ephemetry/contract';
import {
  CHART,
  COUNTS,
  clusterVariable,
  WINDOW,
  windowVariable,
} from '../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../engine/grafana-options.ts';
import type { DashboardDefinition, RowDefinition, Threshold } from '../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../engine/promql/queries.ts';
import { fabMarks } from './marks.ts';

const RANGE = '$__range';
const ANY_IS_BAD: readonly Threshold[] = [
  { color: 'green', value: null },
  { color: 'red', value: 0.5 },
];
/** A chart of whole numbers that are always there. */
const LEVELS = { kind: 'timeseries', unit: 'locale', decimals: 0, min: 0 } as const;
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

function batchesRow(queries: Queries): RowDefinition {
  return {
    title: 'Batches that did not arrive at once',
    // Three beside each other: reasons and programs stand in full.
    size: { width: 8, height: 5 },
    panels: [
      {
        kind: 'stat',
        title: 'Lost batches',
        question: 'How many batches of this range will never arrive, and why?',
        whenRed:
          'The runbook of the alert has a way for each reason. `rejected` batches are kept in the spool’s `rejected/` folder.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.lostBatches, { window: RANGE, by: ['reason'] }),
            legend: '{{reason}}',
          },
        ],
        unit: 'locale',
        decimals: 0,
        thresholds: ANY_IS_BAD,
        empty: 'unknown: nothing was reported',
        alert: 'fab-lost-batches',
      },
      {
        kind: 'stat',
        title: 'Spooled batches, delivered late',
        question: 'How many batches waited in a spool until something later delivered them?',
        whenRed: 'Not a loss. Many of them: programs end before the Collector answers, or it was away.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.drainedBatches, { window: RANGE }),
            legend: 'late',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'unknown: nothing was reported',
      },
      {
        kind: 'stat',
        title: 'Batches sent again in doubt',
        question: 'How many batches were sent again although they may have arrived before?',
        whenRed:
          'Exact behind a gateway, which knows them again; elsewhere so many may count twice. Many of them: programs end before the Collector answers.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.inDoubtBatches, { window: RANGE }),
            legend: 'in doubt',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'unknown: nothing was reported',
      },
      {
        kind: 'stat',
        title: 'Refused points',
        question: 'How many data points did the gateway refuse because they cannot be merged?',
        whenRed:
          'Each is a reason and the program that sent it: see "what is refused" in the Collector configurations.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.droppedPoints, {
              window: RANGE,
              by: ['reason', 'service'],
            }),
            legend: '{{reason}} {{service}}',
          },
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
              window: RANGE,
              by: ['error'],
              where: { error: MERGE_ERRORS.seriesLimit },
            }),
            legend: 'series limit',
          },
          {
            expr: queries.increase(EPHEMETRY_METRICS.refusedPoints, { window: RANGE }),
            legend: 'partial success',
          },
        ],
        unit: 'locale',
        decimals: 0,
        thresholds: ANY_IS_BAD,
        empty: 'none seen',
        alert: 'fab-refused-points',
      },
      {
        kind: 'stat',
        title: 'Duplicate points dropped',
        question: 'How many data points came a second time and were recognised?',
        whenRed:
          'Not a loss: senders did not see the answer. Many of them: the network, or a gateway that answers too late.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
              window: RANGE,
              where: { error: MERGE_ERRORS.duplicate },
            }),
            legend: 'duplicates',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'none seen',
      },
    ],
  };
}

function gatewayRow(queries: Queries): RowDefinition {
  return {
    title: 'Gateway',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Points accepted and refused',
        question: 'Does the gateway take what programs send?',
        whenRed:
          'Refused means full: the programs keep their batches and deliver later. Look at the queue and the memory below.',
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
            legend: 'refused',
          },
        ],
        colors: { accepted: 'blue', refused: 'red' },
        empty: 'nothing was sent in this range',
        alert: 'fab-gateway-refuses',
      },
      {
        ...COUNTS,
        title: 'Points forwarded and given up',
        question: 'Does what was merged reach Prometheus?',
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
        title: 'Scrapes that worked',
        question: 'Are the totals, and the gateway itself, being scraped? 1 is yes, of every gateway.',
        whenRed: 'A series that is not scraped goes stale after 5 minutes: every board shows gaps.',
        queries: [
          {
            expr: `min by (job) (${queries.series(GATEWAY_METRICS.up)})`,
            legend: '{{job}}',
          },
        ],
        max: 1,
        thresholds: [
          { color: 'red', value: null },
          { color: 'green', value: 1 },
        ],
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
