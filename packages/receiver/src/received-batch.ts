/** What a request holds, in the receiver's own words: OTLP's open message tree becomes data points that are known to be sound. */
import type { RECEIVE_LABELS } from '@ephemetry/contract';
import type { SeriesLabels } from './prometheus-labels.ts';

/** The measurements of one resource in one request. */
export interface ReceivedBatch {
  /** `service.namespace/service.name`; the label `job`. */
  readonly job: string | undefined;
  /** `service.instance.id`: with ephemetry's senders, the run id. */
  readonly instanceId: string | undefined;
  /** `ephemetry.batch.sequence`. With `instanceId` it names these measurements for ever: a repeat is a duplicate. */
  readonly sequence: bigint | undefined;
  readonly points: readonly ReceivedPoint[];
  /** What cannot be merged. */
  readonly refusals: readonly Refusal[];
}

/** Data points of one metric that were not taken, and why. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** As the sender named it. */
  readonly metric: string;
  /** What was given and what is allowed. */
  readonly message: string;
  /** How many data points. */
  readonly points: number;
}

/** Why data points are refused: a value of the label `reason`. */
export type RefusalReason = (typeof RECEIVE_LABELS.reason.values)[number];

/** The metric that a point belongs to. */
export interface ReceivedMetric {
  /** As Prometheus will show it. */
  readonly name: string;
  /** As the sender named it. */
  readonly otlpName: string;
  readonly description: string;
}

/** Where and when a point was taken. */
interface PointContext {
  readonly metric: ReceivedMetric;
  readonly labels: SeriesLabels;
  /** Resource, scope, metric and attributes: one OTLP stream of one sender. */
  readonly stream: string;
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

/** A last value; may be NaN or infinite. */
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
