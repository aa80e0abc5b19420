/**
 * What the gateway's Collector says about itself: the part that dashboards and alerts read. These names belong to the
 * Collector (0.158, contrib) and are checked against a real one; nothing of ours records them.
 */

/** A metric that somebody else reports. */
export interface ObservedMetric<LabelName extends string = string> {
  /** As it arrives in Prometheus behind the gateway: the Collector's counters have no `_total` there. */
  readonly name: string;
  readonly instrument: 'counter' | 'gauge';
  /** UCUM, as for our own metrics. */
  readonly unit: string;
  /** One sentence without a full stop at the end. */
  readonly description: string;
  /** The labels that queries may use; the series may carry more. */
  readonly labels: readonly LabelName[];
  /**
   * The scrape that reports it, or those that do: other Collectors may report the same names to the same workspace. So
   * the shipped configurations call it, and a gateway of another name is not seen.
   */
  readonly job: string | readonly string[];
}

/** Every metric of the gateway that dashboards and alerts read, by a short key. */
export const GATEWAY_METRICS = {
  up: {
    name: 'up',
    instrument: 'gauge',
    unit: '1',
    description: 'Whether the latest scrape of a page of the gateway, or of the gateway itself, worked',
    labels: ['job'],
    // A page for each kind of what programs measured, and its own.
    job: [
      'ephemetry-totals',
      'ephemetry-histograms',
      'ephemetry-results',
      'ephemetry-readings',
      'ephemetry-gateway',
    ],
  },
  acceptedPoints: {
    name: 'otelcol_receiver_accepted_metric_points',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points that a receiver of the gateway took; absent before its first request',
    labels: ['receiver', 'transport'],
    job: 'ephemetry-gateway',
  },
  refusedPoints: {
    name: 'otelcol_receiver_refused_metric_points',
    instrument: 'counter',
    unit: '{point}',
    description:
      'Data points that a receiver of the gateway refused because it is full, and senders keep; absent before its first request',
    labels: ['receiver', 'transport'],
    job: 'ephemetry-gateway',
  },
  sentPoints: {
    name: 'otelcol_exporter_sent_metric_points',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points that an exporter of the gateway delivered',
    labels: ['exporter'],
    job: 'ephemetry-gateway',
  },
  failedPoints: {
    name: 'otelcol_exporter_send_failed_metric_points',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points that an exporter of the gateway gave up on; absent while there are none',
    labels: ['exporter'],
    job: 'ephemetry-gateway',
  },
  queueSize: {
    name: 'otelcol_exporter_queue_size',
    instrument: 'gauge',
    unit: '{batch}',
    description: 'What waits in the queue of an exporter of the gateway',
    labels: ['exporter'],
    job: 'ephemetry-gateway',
  },
  queueCapacity: {
    name: 'otelcol_exporter_queue_capacity',
    instrument: 'gauge',
    unit: '{batch}',
    description: 'What the queue of an exporter of the gateway can hold',
    labels: ['exporter'],
    job: 'ephemetry-gateway',
  },
  droppedPoints: {
    name: 'ephemetry_gateway_refused_points_total',
    instrument: 'counter',
    unit: '{point}',
    description:
      'Data points that the gateway took and left out of the totals, by reason and program; absent while there are none',
    labels: ['reason', 'service'],
    job: 'ephemetry-gateway',
  },
  restampedPoints: {
    name: 'ephemetry_gateway_restamped_points_total',
    instrument: 'counter',
    unit: '{point}',
    description:
      'Deltas that the gateway counted although their time is not to be believed, as often as they came; absent while there are none',
    labels: ['service'],
    job: 'ephemetry-gateway',
  },
  mergedPoints: {
    name: 'otelcol_deltatocumulative_datapoints',
    instrument: 'counter',
    unit: '{point}',
    description:
      'Data points that the gateway merged, or dropped with an `error`; an error is absent while it has none',
    labels: ['error'],
    job: 'ephemetry-gateway',
  },
  trackedStreams: {
    name: 'otelcol_deltatocumulative_streams_tracked',
    instrument: 'gauge',
    unit: '{stream}',
    description: 'Streams in the memory of the gateway: batches that can still be recognised, and totals',
    labels: [],
    job: 'ephemetry-gateway',
  },
  residentMemory: {
    name: 'otelcol_process_memory_rss',
    instrument: 'gauge',
    unit: 'By',
    description: 'Resident memory of the gateway',
    labels: [],
    job: 'ephemetry-gateway',
  },
  uptime: {
    name: 'otelcol_process_uptime',
    instrument: 'counter',
    unit: 's',
    description: 'How long the gateway has been running',
    labels: [],
    job: 'ephemetry-gateway',
  },
} as const;

/** A key of {@link GATEWAY_METRICS}. */
export type GatewayMetricKey = keyof typeof GATEWAY_METRICS;

/** What VictoriaMetrics says about itself with -selfScrapeInterval: the part that alerts read. */
export const STORE_METRICS = {
  ignoredRows: {
    name: 'vm_rows_ignored_total',
    instrument: 'counter',
    unit: '{sample}',
    description: 'Samples that VictoriaMetrics answered with success and did not store',
    labels: ['reason'],
    job: 'victoria-metrics',
  },
} as const;

/** The label that tells the gateways of one cluster apart, on every series; not there where there is one. */
export const SHARD_LABEL = 'shard';

/** Exporters of the gateway: the queue in front of the totals, and the queue towards Prometheus. */
export const GATEWAY_QUEUES = {
  durable: 'otlp_http/queue',
  forward: 'prometheus_remote_write/amp',
} as const;

/** Why `mergedPoints` were dropped: too many series, or a batch that came a second time. */
export const MERGE_ERRORS = { seriesLimit: 'limit', duplicate: 'delta.ErrOutOfOrder' } as const;

/** Why the gateway leaves points out of the totals: values of `reason` of `droppedPoints`. The last one only in front of VictoriaMetrics. */
export const DROP_REASONS = [
  'oversized',
  'reserved',
  'unidentified',
  'unsupported',
  'not_delta',
  'untimed',
  'no_value',
  'not_a_number',
  'absurd',
  'negative',
  'malformed_histogram',
  'foreign_kind',
  'foreign_bounds',
  'store_limits',
] as const;

/** A value of {@link DROP_REASONS}. */
export type DropReason = (typeof DROP_REASONS)[number];
