/**
 * An `ExportMetricsServiceRequest` whose points are made one after the other: all of them together take a hundred times
 * the memory of the body.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import {
  type InstrumentationScope,
  InstrumentationScopeSchema,
} from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';
import {
  type HistogramDataPoint,
  HistogramDataPointSchema,
  type NumberDataPoint,
  NumberDataPointSchema,
} from './otlp-messages/opentelemetry/proto/metrics/v1/metrics_pb.ts';
import {
  type Resource,
  ResourceSchema,
} from './otlp-messages/opentelemetry/proto/resource/v1/resource_pb.ts';

/** A message in one of OTLP's encodings. Each method throws when the message is not what it should be. */
export interface OtlpMessage {
  parts(part: Part): Iterable<OtlpMessage>;
  /** The last of these parts that is there. */
  whichOf(parts: readonly Part[]): Part | undefined;
  /** A flag, or the number of an enum's value; 0 when it is not there. */
  number(part: Part): number;
  /** Empty when it is not there. */
  text(part: Part): string;
  /** Makes the whole message. */
  decode<Schema extends DescMessage>(schema: Schema): MessageShape<Schema>;
}

/** A field of a message. */
export interface Part {
  readonly number: number;
  readonly json: string;
  readonly isRepeated?: boolean;
  /** Of an enum's values. */
  readonly names?: readonly string[];
}

/** The metrics of one resource. */
export interface OtlpResource {
  readonly resource: Resource | undefined;
  readonly scopes: Iterable<OtlpScope>;
}

export interface OtlpScope {
  readonly scope: InstrumentationScope | undefined;
  readonly metrics: Iterable<OtlpMetric>;
}

/** A metric; its points can be read more than once. */
export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: OtlpData;
}

/** What a metric measured. */
type OtlpData =
  | { readonly kind: 'gauge'; readonly points: Iterable<NumberDataPoint>; readonly pointCount: number }
  | {
      readonly kind: 'sum';
      readonly temporality: number;
      readonly isMonotonic: boolean;
      readonly points: Iterable<NumberDataPoint>;
      readonly pointCount: number;
    }
  | {
      readonly kind: 'histogram';
      readonly temporality: number;
      readonly points: Iterable<HistogramDataPoint>;
      readonly pointCount: number;
    }
  | { readonly kind: 'exponentialHistogram' | 'summary' | 'unknown'; readonly pointCount: number };

/** Reads the resources of a request, each with what it holds. */
export function* readRequest(request: OtlpMessage): Generator<OtlpResource> {
  for (const resourceMetrics of request.parts(RESOURCE_METRICS))
    yield {
      resource: lastOf(resourceMetrics.parts(RESOURCE))?.decode(ResourceSchema),
      scopes: each(() => resourceMetrics.parts(SCOPE_METRICS), readScope),
    };
}

/** @throws when any part of the request is not what it should be: nothing of it is taken then */
export function assertReadable(request: OtlpMessage): void {
  for (const { scopes } of readRequest(request))
    for (const { metrics } of scopes)
      for (const { data } of metrics) if ('points' in data) for (const _ of data.points);
}

const RESOURCE_METRICS: Part = { number: 1, json: 'resourceMetrics', isRepeated: true };
const RESOURCE: Part = { number: 1, json: 'resource' };
const SCOPE_METRICS: Part = { number: 2, json: 'scopeMetrics', isRepeated: true };
const SCOPE: Part = { number: 1, json: 'scope' };
const METRICS: Part = { number: 2, json: 'metrics', isRepeated: true };
const NAME: Part = { number: 1, json: 'name' };
const DESCRIPTION: Part = { number: 2, json: 'description' };
const UNIT: Part = { number: 3, json: 'unit' };
const GAUGE: Part = { number: 5, json: 'gauge' };
const SUM: Part = { number: 7, json: 'sum' };
const HISTOGRAM: Part = { number: 9, json: 'histogram' };
const EXPONENTIAL_HISTOGRAM: Part = { number: 10, json: 'exponentialHistogram' };
const SUMMARY: Part = { number: 11, json: 'summary' };
const DATA: readonly Part[] = [GAUGE, SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM, SUMMARY];
const DATA_POINTS: Part = { number: 1, json: 'dataPoints', isRepeated: true };
const TEMPORALITY: Part = {
  number: 2,
  json: 'aggregationTemporality',
  names: [
    'AGGREGATION_TEMPORALITY_UNSPECIFIED',
    'AGGREGATION_TEMPORALITY_DELTA',
    'AGGREGATION_TEMPORALITY_CUMULATIVE',
  ],
};
const IS_MONOTONIC: Part = { number: 3, json: 'isMonotonic' };

function readScope(scopeMetrics: OtlpMessage): OtlpScope {
  return {
    scope: lastOf(scopeMetrics.parts(SCOPE))?.decode(InstrumentationScopeSchema),
    metrics: each(() => scopeMetrics.parts(METRICS), readMetric),
  };
}

function readMetric(metric: OtlpMessage): OtlpMetric {
  return {
    name: metric.text(NAME),
    description: metric.text(DESCRIPTION),
    unit: metric.text(UNIT),
    data: readData(metric),
  };
}

function readData(metric: OtlpMessage): OtlpData {
  const part = metric.whichOf(DATA);
  const data = part && lastOf(metric.parts(part));
  if (data === undefined) return { kind: 'unknown', pointCount: 1 };
  let pointCount = 0;
  for (const _ of data.parts(DATA_POINTS)) pointCount += 1;
  const numbers = each(
    () => data.parts(DATA_POINTS),
    (point) => point.decode(NumberDataPointSchema),
  );
  switch (part) {
    case GAUGE:
      return { kind: 'gauge', points: numbers, pointCount };
    case SUM: {
      const isMonotonic = data.number(IS_MONOTONIC) !== 0;
      return { kind: 'sum', temporality: data.number(TEMPORALITY), isMonotonic, points: numbers, pointCount };
    }
    case HISTOGRAM: {
      const points = each(
        () => data.parts(DATA_POINTS),
        (point) => point.decode(HistogramDataPointSchema),
      );
      return { kind: 'histogram', temporality: data.number(TEMPORALITY), points, pointCount };
    }
    default:
      return { kind: part === SUMMARY ? 'summary' : 'exponentialHistogram', pointCount };
  }
}

/** A list that is made again each time it is read. */
function each<Made>(parts: () => Iterable<OtlpMessage>, make: (part: OtlpMessage) => Made): Iterable<Made> {
  return {
    *[Symbol.iterator]() {
      for (const part of parts()) yield make(part);
    },
  };
}

function lastOf(messages: Iterable<OtlpMessage>): OtlpMessage | undefined {
  let last: OtlpMessage | undefined;
  for (const message of messages) last = message;
  return last;
}
