/** One OTLP metric and its data points, read into points that are known to be sound. */
import { INGEST_LIMITS, RECEIVE_PREFIX } from '@ephemetry/contract';
import type { Digests } from './digests.ts';
import { isSummable } from './exact-sum.ts';
import type { KeyValue } from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';
import {
  AggregationTemporality,
  DataPointFlags,
  type HistogramDataPoint,
  type NumberDataPoint,
} from './otlp-messages/opentelemetry/proto/metrics/v1/metrics_pb.ts';
import type { OtlpMetric } from './otlp-request.ts';
import { pointTime } from './point-time.ts';
import { attributeText, labelsKey, prometheusLabels, prometheusMetricName } from './prometheus-labels.ts';
import type { PointContext, ReceivedMetric, ReceivedPoint, SumPoint, Temporality } from './received-batch.ts';
import type { RefusalReason, Refusals } from './refusals.ts';
import { cutFree, shorten, shortList } from './shorten.ts';

/** What stands above a metric in its message. */
export interface MetricPlace {
  readonly job: string | undefined;
  /** Who sent it, when the sender says which run it is. */
  readonly run: string | undefined;
  readonly sequence: bigint | undefined;
  /** Digest of resource and scope. */
  readonly scope: string;
  readonly nowUnixMs: number;
  readonly digests: Digests;
}

/** Reads every data point of a metric; the ones that cannot be merged are told to `refusals`. */
export function* readMetric(
  metric: OtlpMetric,
  place: MetricPlace,
  refusals: Refusals,
): Generator<ReceivedPoint> {
  const fault = metricFault(metric);
  if (fault !== undefined) {
    const { pointCount } = metric.data;
    if (pointCount > 0) refusals.add(fault.reason, metric.name, pointCount, () => fault.message);
    return;
  }
  const reader = new PointReader(metric, place, refusals);
  const { data } = metric;
  switch (data.kind) {
    case 'gauge':
      yield* reader.read(data.points, 'gauge', readGauge);
      return;
    case 'sum': {
      const temporality = temporalityOf(data.temporality) ?? 'delta';
      const kind = data.isMonotonic ? 'counter' : 'updown';
      yield* reader.read(data.points, temporality, (point, context) =>
        readSum(point, context, kind, temporality),
      );
      return;
    }
    case 'histogram': {
      const temporality = temporalityOf(data.temporality) ?? 'delta';
      yield* reader.read(data.points, temporality, (point, context) =>
        readHistogram(point, context, temporality),
      );
    }
  }
}

interface Fault {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What is wrong with all points of a metric. */
function metricFault({ name, data }: OtlpMetric): Fault | undefined {
  if (name === '') return { reason: 'malformed_point', message: 'a metric needs a name' };
  if (name.length > INGEST_LIMITS.metricNameCharacters)
    return {
      reason: 'too_large',
      message: `the name is longer than ${INGEST_LIMITS.metricNameCharacters} characters`,
    };
  if (prometheusMetricName(name).startsWith(RECEIVE_PREFIX))
    return {
      reason: 'reserved_name',
      message: `names that begin with ${RECEIVE_PREFIX} are the receiver's own`,
    };
  switch (data.kind) {
    case 'gauge':
      return undefined;
    case 'sum':
    case 'histogram':
      return temporalityOf(data.temporality) === undefined
        ? { reason: 'unknown_temporality', message: 'neither delta nor cumulative; allowed: these two' }
        : undefined;
    default:
      return { reason: 'unsupported_type', message: `${describeType(data.kind)}; ${ALLOWED_TYPES}` };
  }
}

const ALLOWED_TYPES = 'allowed: sums, gauges and histograms with explicit bounds';

function describeType(type: 'exponentialHistogram' | 'summary' | 'unknown'): string {
  if (type === 'summary') return 'a summary cannot be merged';
  if (type === 'unknown') return 'no data of a known type';
  return 'a histogram with exponential buckets cannot be merged';
}

function temporalityOf(value: number): Temporality | undefined {
  if (value === AggregationTemporality.DELTA) return 'delta';
  return value === AggregationTemporality.CUMULATIVE ? 'cumulative' : undefined;
}

type DataPoint = NumberDataPoint | HistogramDataPoint;

const DESCRIPTION_LIMIT_CHARACTERS = 1_024;

class PointReader {
  readonly #place: MetricPlace;
  readonly #refusals: Refusals;
  readonly #metric: ReceivedMetric;
  /** All that OTLP counts to a stream's identity; one sender may report the same name under two of them. */
  readonly #stream: string;

  constructor(metric: OtlpMetric, place: MetricPlace, refusals: Refusals) {
    const { name, unit, description } = metric;
    this.#place = place;
    this.#refusals = refusals;
    this.#metric = {
      name: prometheusMetricName(name),
      otlpName: name,
      description: cutFree(description, DESCRIPTION_LIMIT_CHARACTERS),
    };
    const identity = [place.scope, name, unit, description, ...describeData(metric)];
    this.#stream = place.digests.text(JSON.stringify(identity));
  }

  *read<Point extends DataPoint>(
    dataPoints: Iterable<Point>,
    kind: Temporality | 'gauge',
    readValue: (point: Point, context: PointContext) => ReceivedPoint | Fault,
  ): Generator<ReceivedPoint> {
    for (const point of dataPoints) {
      // Of a total it says that a stream has ended; there is nothing in it to merge.
      if (kind !== 'gauge' && hasNoValue(point)) continue;
      const time = pointTime(point, kind, this.#place.nowUnixMs);
      const fault = attributesFault(point.attributes);
      const read =
        fault ?? ('reason' in time ? time : readValue(point, this.#context(point, kind, time.isRestamped)));
      if ('reason' in read) this.#refusals.add(read.reason, this.#metric.otlpName, 1, () => read.message);
      else yield read;
    }
  }

  #context(point: DataPoint, kind: Temporality | 'gauge', isRestamped: boolean): PointContext {
    const labels = prometheusLabels(point.attributes, this.#place.job);
    const { startTimeUnixNano, timeUnixNano } = point;
    const { run, sequence, digests } = this.#place;
    // The same labels with other bounds, or as an integer beside a double, are a stream of their own.
    const key = labelsKey(labels);
    const stream = `${this.#stream}${key}${variantOf(point)}`;
    return {
      metric: this.#metric,
      labels,
      labelsKey: key,
      identity: run && `${sequence ?? ''} ${startTimeUnixNano} ${timeUnixNano} ${stream}`,
      stream: kind === 'cumulative' ? digests.text(stream) : '',
      startUnixNano: startTimeUnixNano,
      timeUnixNano,
      isRestamped,
    };
  }
}

function hasNoValue({ flags }: DataPoint): boolean {
  return (flags & DataPointFlags.NO_RECORDED_VALUE_MASK) !== 0;
}

function variantOf(point: DataPoint): string {
  return 'explicitBounds' in point ? point.explicitBounds.join() : (point.value.case ?? '');
}

/** https://opentelemetry.io/docs/specs/otel/metrics/data-model/#opentelemetry-protocol-data-model */
function describeData({ data }: OtlpMetric): readonly unknown[] {
  if (data.kind === 'sum') return [data.kind, data.temporality, data.isMonotonic];
  return data.kind === 'histogram' ? [data.kind, data.temporality] : [data.kind];
}

/** Looked at before anything is made of them. */
function attributesFault(attributes: readonly KeyValue[]): Fault | undefined {
  const limit = INGEST_LIMITS.pointAttributesBytes;
  let bytes = 0;
  for (const { key, value } of attributes) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(attributeText(value));
    if (bytes > limit)
      return {
        reason: 'too_large',
        message: `a data point has more than ${limit} bytes of attributes; allowed: ${limit}; the limit was passed at ${shorten(key)}`,
      };
  }
  return attributes.length > limit
    ? { reason: 'too_large', message: `a data point has ${attributes.length} attributes` }
    : undefined;
}

function malformed(message: string): Fault {
  return { reason: 'malformed_point', message };
}

function outOfRange(message: string): Fault {
  return { reason: 'out_of_range', message };
}

function readGauge(point: NumberDataPoint, context: PointContext): ReceivedPoint | Fault {
  if (hasNoValue(point)) return { ...context, kind: 'gauge', value: Number.NaN };
  const { value } = point;
  if (value.case === undefined) return malformed('a data point has no value');
  const number = Number(value.value);
  if (Math.abs(number) === Number.POSITIVE_INFINITY)
    return outOfRange(
      `a gauge has the value ${number}; allowed: finite numbers, and NaN where there is no value any more`,
    );
  return { ...context, kind: 'gauge', value: number };
}

function readSum(
  { value }: NumberDataPoint,
  context: PointContext,
  kind: SumPoint['kind'],
  temporality: Temporality,
): ReceivedPoint | Fault {
  if (value.case === undefined) return malformed('a data point has no value');
  if (!isInRange(value.value, temporality))
    return outOfRange(`a sum has the value ${value.value}; allowed: ${RANGES[temporality]}`);
  if (kind === 'counter' && value.value < 0)
    return outOfRange(`a monotonic sum has the value ${value.value}; allowed: 0 or more`);
  return { ...context, kind, temporality, value: value.value };
}

function readHistogram(
  point: HistogramDataPoint,
  context: PointContext,
  temporality: Temporality,
): ReceivedPoint | Fault {
  const { explicitBounds: bounds, count, sum } = point;
  // Both lists may be empty: a histogram of one bucket.
  const counts = point.bucketCounts.length === 0 && bounds.length === 0 ? [count] : point.bucketCounts;
  if (counts.length !== bounds.length + 1)
    return malformed(
      `a histogram has ${counts.length} bucket counts and ${bounds.length} bounds; allowed: one more count than bounds`,
    );
  if (bounds.some((bound, index) => !Number.isFinite(bound) || bound <= (bounds[index - 1] ?? -Infinity)))
    return malformed(
      `a histogram has the bounds ${shortList(bounds)}; allowed: finite numbers, each above the one before`,
    );
  const counted = counts.reduce((total, each) => total + each, 0n);
  if (counted !== count)
    return malformed(
      `a histogram has the count ${count}, but its buckets add up to ${counted}; allowed: the same number`,
    );
  if (!isInRange(count, temporality))
    return outOfRange(`a histogram counts ${count}; allowed: ${RANGES[temporality]}`);
  if (sum !== undefined && !isInRange(sum, temporality))
    return outOfRange(`a histogram has the sum ${sum}; allowed: ${RANGES[temporality]}`);
  return { ...context, kind: 'histogram', temporality, bounds, counts, count, sum };
}

const RANGES: Readonly<Record<Temporality, string>> = {
  delta: 'finite numbers up to 2^53',
  cumulative: 'finite numbers below 2^970',
};

/** A total may have grown large; what was added at once may not be so large that it hides what others add. */
function isInRange(value: number | bigint, temporality: Temporality): boolean {
  if (temporality === 'cumulative') return isSummable(value);
  const limit = INGEST_LIMITS.deltaMagnitude;
  return value <= limit && value >= -limit;
}
