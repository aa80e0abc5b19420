/** What a request holds, in the receiver's own words: OTLP's open message tree becomes data points that are known to be sound. */
import type { SeriesLabels } from './prometheus-labels.ts';
import type { Refusals } from './refusals.ts';

/** The measurements of one resource in one request. */
export interface ReceivedBatch {
  /** `service.namespace/service.name`; the label `job`. */
  readonly job: string | undefined;
  /** `service.instance.id`: with ephemetry's senders, the run id. */
  readonly instanceId: string | undefined;
  /** `ephemetry.batch.sequence`. */
  readonly sequence: bigint | undefined;
  /** Names the batch among all batches; undefined when its sender does not say which one it is. */
  readonly identity: string | undefined;
  /** Reads one point after the other, so that they are never all in memory; adds what cannot be merged to `refusals`. */
  points(refusals: Refusals): Iterable<ReceivedPoint>;
}

/** The metric that a point belongs to. */
export interface ReceivedMetric {
  /** As Prometheus will show it. */
  readonly name: string;
  /** As the sender named it. */
  readonly otlpName: string;
  readonly description: string;
}

/** Where and when a point was taken. */
export interface PointContext {
  readonly metric: ReceivedMetric;
  readonly labels: SeriesLabels;
  /** The labels as one text: {@link labelsOf} makes labels of it again. */
  readonly labelsKey: string;
  /** Run, batch, stream and times, of a point that would be known again. */
  readonly identity: string | undefined;
  /** Digest of resource, scope, metric and attributes: one OTLP stream of one sender. Empty for a delta and a gauge. */
  readonly stream: string;
  /** Whether the point counts although its time is not to be believed. */
  readonly isRestamped: boolean;
  /** 0 when the sender does not say. */
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/** `delta`: what came in since the point before; `cumulative`: all since `startUnixNano`. */
export type Temporality = 'delta' | 'cumulative';

/** A sum; the value is summable, and not negative when monotonic. */
export interface SumPoint extends PointContext {
  readonly kind: 'counter' | 'updown';
  readonly temporality: Temporality;
  readonly value: number | bigint;
}

/** A last value; NaN where there is none any more. */
export interface GaugePoint extends PointContext {
  readonly kind: 'gauge';
  readonly value: number;
}

/** A histogram with explicit bounds: one count more than bounds, adding up to `count`. */
export interface HistogramPoint extends PointContext {
  readonly kind: 'histogram';
  readonly temporality: Temporality;
  /** Strictly rising, finite. */
  readonly bounds: readonly number[];
  readonly counts: readonly bigint[];
  readonly count: bigint;
  /** Undefined when the sender does not know it. */
  readonly sum: number | undefined;
}

export type ReceivedPoint = SumPoint | GaugePoint | HistogramPoint;
