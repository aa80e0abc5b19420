import {
  type JsonObject,
  readFinite,
  readInteger,
  readList,
  readObject,
  readString,
  refuse,
} from './json-reader.ts';
import { canonicalLabels, readLabels } from './labels.ts';

/** One measured number or distribution of one label set. `labels` is canonical: see `canonicalLabels`. */
export type DataPoint = CounterPoint | GaugePoint | HistogramPoint;

/** A delta sum; `bigint` when it came as an integer, `number` when it came as a double. */
export interface CounterPoint {
  readonly kind: 'counter';
  readonly metric: string;
  readonly labels: string;
  readonly value: bigint | number;
}

/** The value at a moment; NaN where there is none any more. */
export interface GaugePoint {
  readonly kind: 'gauge';
  readonly metric: string;
  readonly labels: string;
  readonly value: number;
  readonly timeUnixNano: bigint;
}

/** A delta histogram with explicit bounds: `buckets` has one count more than `bounds` has bounds. */
export interface HistogramPoint {
  readonly kind: 'histogram';
  readonly metric: string;
  readonly labels: string;
  readonly count: bigint;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly bigint[];
  readonly min?: number;
  readonly max?: number;
}

const DELTA = 1;
const NO_RECORDED_VALUE = 1;

/** Reads all points of one OTLP/JSON metric. @throws {MalformedBody} as `parseBatches` says. */
export function readDataPoints(item: unknown, where: string): DataPoint[] {
  const metric = readObject(item, where);
  const name = readString(metric.name, `${where}.name`);
  const place = `${where} (${name})`;
  if (metric.sum !== undefined) return readSum(name, readObject(metric.sum, place), place);
  if (metric.gauge !== undefined) return readGauge(name, readObject(metric.gauge, place), place);
  if (metric.histogram !== undefined) return readHistogram(name, readObject(metric.histogram, place), place);
  return refuse(place, 'a sum, a gauge or a histogram with explicit bounds', Object.keys(metric));
}

function readSum(metric: string, sum: JsonObject, where: string): DataPoint[] {
  assertDelta(sum, where);
  return eachPoint(sum, where, (point, place, labels) => {
    const value = readNumber(point, place);
    if (typeof value === 'number') readFinite(value, place);
    if (sum.isMonotonic === true && value < 0) refuse(place, '0 or more in a monotonic sum', String(value));
    return { kind: 'counter', metric, labels, value };
  });
}

function readGauge(metric: string, gauge: JsonObject, where: string): DataPoint[] {
  return eachPoint(gauge, where, (point, place, labels) => ({
    kind: 'gauge',
    metric,
    labels,
    value: point.flags === NO_RECORDED_VALUE ? Number.NaN : Number(readNumber(point, place)),
    timeUnixNano: readInteger(point.timeUnixNano, `${place}.timeUnixNano`),
  }));
}

function readHistogram(metric: string, histogram: JsonObject, where: string): DataPoint[] {
  assertDelta(histogram, where);
  return eachPoint(histogram, where, (point, place, labels) => {
    const count = readInteger(point.count ?? 0, `${place}.count`);
    const bounds = readList(point.explicitBounds, `${place}.explicitBounds`).map((bound) =>
      readFinite(bound, place),
    );
    const buckets = readList(point.bucketCounts, `${place}.bucketCounts`).map((each) =>
      readInteger(each, place),
    );
    assertBuckets({ count, bounds, buckets }, place);
    const sum = readFinite(point.sum, `${place}.sum`);
    const min = point.min === undefined ? {} : { min: readFinite(point.min, `${place}.min`) };
    const max = point.max === undefined ? {} : { max: readFinite(point.max, `${place}.max`) };
    return { kind: 'histogram', metric, labels, count, sum, bounds, buckets, ...min, ...max };
  });
}

function eachPoint(
  data: JsonObject,
  where: string,
  read: (point: JsonObject, place: string, labels: string) => DataPoint,
): DataPoint[] {
  return readList(data.dataPoints, `${where}.dataPoints`).map((item, index) => {
    const place = `${where}.dataPoints[${index}]`;
    const point = readObject(item, place);
    assertInterval(point, place);
    return read(point, place, canonicalLabels(readLabels(point.attributes, `${place}.attributes`)));
  });
}

function readNumber(point: JsonObject, where: string): bigint | number {
  if (point.asInt !== undefined) return readInteger(point.asInt, `${where}.asInt`);
  const given = point.asDouble;
  if (given === 'NaN' || given === 'Infinity' || given === '-Infinity') return Number(given);
  return readFinite(given, `${where}.asDouble`);
}

function assertDelta(data: JsonObject, where: string): void {
  const given = data.aggregationTemporality;
  if (given !== DELTA) refuse(`${where}.aggregationTemporality`, `${DELTA} (delta)`, given);
}

function assertInterval(point: JsonObject, where: string): void {
  if (point.startTimeUnixNano === undefined) return;
  const start = readInteger(point.startTimeUnixNano, `${where}.startTimeUnixNano`);
  const end = readInteger(point.timeUnixNano, `${where}.timeUnixNano`);
  if (end < start) refuse(`${where}.timeUnixNano`, `at or after startTimeUnixNano ${start}`, String(end));
}

function assertBuckets(point: Pick<HistogramPoint, 'count' | 'bounds' | 'buckets'>, where: string): void {
  const { count, bounds, buckets } = point;
  if (buckets.length === 0 && bounds.length === 0) return;
  if (buckets.length !== bounds.length + 1) {
    refuse(
      `${where}.bucketCounts`,
      `${bounds.length + 1} counts for ${bounds.length} bounds`,
      buckets.map(String),
    );
  }
  const inBuckets = buckets.reduce((sum, each) => sum + each, 0n);
  if (inBuckets !== count)
    refuse(`${where}.bucketCounts`, `counts that add up to count ${count}`, buckets.map(String));
  const isRising = bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? Infinity));
  if (!isRising) refuse(`${where}.explicitBounds`, 'strictly rising', bounds);
}
