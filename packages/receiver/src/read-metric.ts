/** One OTLP metric and its data points, read into points that are known to be sound. */
import { RECEIVE_PREFIX } from '@ephemetry/contract';
import { isSummable } from './exact-sum.ts';
import {
  AggregationTemporality,
  DataPointFlags,
  type HistogramDataPoint,
  type Metric,
  type NumberDataPoint,
} from './otlp-messages/opentelemetry/proto/metrics/v1/metrics_pb.ts';
import { prometheusLabels } from './prometheus-labels.ts';
import type {
  ReceivedMetric,
  ReceivedPoint,
  Refusal,
  RefusalReason,
  SumPoint,
  Temporality,
} from './received-batch.ts';

/** What stands above a metric in its message. */
export interface MetricPlace {
  /** The metric's name in Prometheus. */
  readonly name: string;
  readonly job: string | undefined;
  /** Resource, scope and metric, as text. */
  readonly scope: string;
}

/** What a metric gave. */
export interface MetricReading {
  readonly points: readonly ReceivedPoint[];
  readonly refusals: readonly Refusal[];
}

/** Reads every data point of a metric; the ones that cannot be merged are told in `refusals`. */
export function readMetric(metric: Metric, place: MetricPlace): MetricReading {
  if (metric.name === '') return refuseAll(metric, 'malformed_point', 'a metric needs a name');
  if (place.name.startsWith(RECEIVE_PREFIX))
    return refuseAll(
      metric,
      'reserved_name',
      `names that begin with ${RECEIVE_PREFIX} are the receiver's own`,
    );
  const { data } = metric;
  switch (data.case) {
    case 'gauge':
      return readEach(metric, place, data.value.dataPoints, readGauge);
    case 'sum': {
      const temporality = temporalityOf(data.value.aggregationTemporality);
      if (temporality === undefined) return refuseTemporality(metric);
      const kind = data.value.isMonotonic ? 'counter' : 'updown';
      return readEach(metric, place, data.value.dataPoints, (point) => readSum(point, kind, temporality));
    }
    case 'histogram': {
      const temporality = temporalityOf(data.value.aggregationTemporality);
      if (temporality === undefined) return refuseTemporality(metric);
      return readEach(metric, place, data.value.dataPoints, (point) => readHistogram(point, temporality));
    }
    case 'exponentialHistogram':
    case 'summary':
      return refuseAll(
        metric,
        'unsupported_type',
        `a ${describeType(metric)} cannot be merged; allowed are sums, gauges and histograms with explicit bounds`,
      );
    default:
      return refuseAll(
        metric,
        'unsupported_type',
        'no data of a known type; allowed are sums, gauges and histograms with explicit bounds',
      );
  }
}

/** The part of a point that depends on its type, or what is wrong with it. */
type Value<Point> = Point extends ReceivedPoint ? Omit<Point, keyof Shared> : never;
type Shared = Pick<ReceivedPoint, 'metric' | 'labels' | 'stream' | 'startUnixNano' | 'timeUnixNano'>;

function readEach<DataPoint extends NumberDataPoint | HistogramDataPoint>(
  metric: Metric,
  place: MetricPlace,
  dataPoints: readonly DataPoint[],
  readValue: (point: DataPoint) => Value<ReceivedPoint> | string,
): MetricReading {
  const points: ReceivedPoint[] = [];
  const refusals: Refusal[] = [];
  const described: ReceivedMetric = {
    name: place.name,
    otlpName: metric.name,
    description: metric.description,
  };
  for (const dataPoint of dataPoints) {
    // "No recorded value" says that a stream has ended; there is nothing in it to merge.
    if ((dataPoint.flags & DataPointFlags.NO_RECORDED_VALUE_MASK) !== 0) continue;
    const value = readValue(dataPoint);
    if (typeof value === 'string') refusals.push(refusal(metric, 'malformed_point', value, 1));
    else points.push({ ...value, ...shared(dataPoint, described, place) });
  }
  return { points, refusals };
}

function shared(
  point: NumberDataPoint | HistogramDataPoint,
  metric: ReceivedMetric,
  place: MetricPlace,
): Shared {
  const labels = prometheusLabels(point.attributes, place.job);
  return {
    metric,
    labels,
    // With other bounds it is another stream: refused for them, never mistaken for a repeat.
    stream: `${place.scope}${JSON.stringify([labels, 'explicitBounds' in point ? point.explicitBounds : []])}`,
    startUnixNano: point.startTimeUnixNano,
    timeUnixNano: point.timeUnixNano,
  };
}

function readGauge({ value }: NumberDataPoint): Value<ReceivedPoint> | string {
  if (value.case === undefined) return 'a data point has no value';
  return { kind: 'gauge', value: Number(value.value) };
}

function readSum(
  { value }: NumberDataPoint,
  kind: SumPoint['kind'],
  temporality: Temporality,
): Value<ReceivedPoint> | string {
  if (value.case === undefined) return 'a data point has no value';
  if (!isSummable(value.value))
    return `a sum has the value ${value.value}; allowed are finite numbers below 2^970`;
  if (kind === 'counter' && value.value < 0)
    return `a monotonic sum has the value ${value.value}; allowed is 0 or more`;
  return { kind, temporality, value: value.value };
}

function readHistogram(point: HistogramDataPoint, temporality: Temporality): Value<ReceivedPoint> | string {
  const { explicitBounds: bounds, count, sum } = point;
  // Both lists may be empty: a histogram of one bucket.
  const counts = point.bucketCounts.length === 0 && bounds.length === 0 ? [count] : point.bucketCounts;
  if (counts.length !== bounds.length + 1)
    return `a histogram has ${counts.length} bucket counts and ${bounds.length} bounds; allowed is one count more than bounds`;
  if (bounds.some((bound, index) => !Number.isFinite(bound) || bound <= (bounds[index - 1] ?? -Infinity)))
    return `a histogram has the bounds ${bounds.join(', ')}; allowed are finite numbers, each above the one before`;
  const counted = counts.reduce((total, each) => total + each, 0n);
  if (counted !== count)
    return `a histogram counts ${count} in all and ${counted} in its buckets; allowed is the same`;
  if (sum !== undefined && !isSummable(sum))
    return `a histogram has the sum ${sum}; allowed are finite numbers below 2^970`;
  return { kind: 'histogram', temporality, bounds, counts, count, sum };
}

function temporalityOf(value: number): Temporality | undefined {
  if (value === AggregationTemporality.DELTA) return 'delta';
  return value === AggregationTemporality.CUMULATIVE ? 'cumulative' : undefined;
}

function refuseTemporality(metric: Metric): MetricReading {
  return refuseAll(metric, 'unknown_temporality', 'neither delta nor cumulative; allowed are these two');
}

/** A metric without data points loses nothing and is not spoken of. */
function refuseAll(metric: Metric, reason: RefusalReason, message: string): MetricReading {
  const points = metric.data.case === undefined ? 1 : metric.data.value.dataPoints.length;
  return { points: [], refusals: points === 0 ? [] : [refusal(metric, reason, message, points)] };
}

function refusal({ name }: Metric, reason: RefusalReason, message: string, points: number): Refusal {
  return { reason, metric: name, message: `${name || 'a metric without a name'}: ${message}`, points };
}

function describeType(metric: Metric): string {
  return metric.data.case === 'summary' ? 'summary' : 'histogram with exponential buckets';
}
