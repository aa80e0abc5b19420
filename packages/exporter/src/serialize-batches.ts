/** What was collected as the bodies of batches, none above the size at which batches are split. */
import type { Attributes } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { BATCH_SPLIT_BYTES } from './batch-limit.ts';
import { describeThrown } from './describe-thrown.ts';
import type { Complaints } from './meter/complaints.ts';

const NO_NUMBERS = ['"asDouble":null', '"asInt":null'] as const;
const BEGINNING: Uint8Array = Buffer.from('{"resourceMetrics":[{');

/** The resource of the batch with an index among those that are serialized together: each has a sequence of its own. */
export type ResourceOf = (index: number) => Attributes;

/** What was collected, ready to be kept. */
export interface Serialized {
  readonly bodies: readonly Uint8Array[];
  /** So many data points are in no body, for they are too large alone. */
  readonly lostDataPoints: number;
}

/** One body, or as many as it takes; a data point that is too large alone is in none, said and counted. Never throws. */
export function serializeBatches(
  scopes: readonly ScopeMetrics[],
  resourceOf: ResourceOf,
  complaints: Complaints,
): Serialized {
  try {
    return serializeSplit(scopes, resourceOf, complaints);
  } catch (error) {
    complaints.add(`nothing can be recorded: ${describeThrown(error)}`);
    return { bodies: [], lostDataPoints: countPoints(scopes) };
  }
}

function serializeSplit(
  scopes: readonly ScopeMetrics[],
  resourceOf: ResourceOf,
  complaints: Complaints,
): Serialized {
  const whole = serialize(scopes, resourceOf(0));
  if (whole.length <= BATCH_SPLIT_BYTES) return { bodies: [whole], lostDataPoints: 0 };
  const resourceBytes = serialize([], resourceOf(0)).length;
  if (resourceBytes > BATCH_SPLIT_BYTES) {
    // No part of it would be smaller, and each would be tried.
    complaints.add(
      `the resource attributes make a batch of ${resourceBytes} bytes; allowed: up to ${BATCH_SPLIT_BYTES} (resourceAttributes, OTEL_RESOURCE_ATTRIBUTES). Nothing is recorded`,
    );
    return { bodies: [], lostDataPoints: countPoints(scopes) };
  }
  const bodies: Uint8Array[] = [];
  let lostDataPoints = 0;
  // Depth first, so that the points keep their order.
  const waiting = [scopes];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const body = serialize(part, resourceOf(bodies.length));
    if (body.length <= BATCH_SPLIT_BYTES) bodies.push(body);
    else if (countPoints(part) > 1) waiting.push(...halve(part).reverse());
    else {
      lostDataPoints += countPoints(part);
      sayTooLarge(part, body.length, complaints);
    }
  }
  return { bodies, lostDataPoints };
}

function serialize(scopes: readonly ScopeMetrics[], attributes: Attributes): Uint8Array {
  const body = JsonMetricsSerializer.serializeRequest({
    resource: asResource(attributes),
    scopeMetrics: [...scopes],
  });
  if (body === undefined || !isWritten(body))
    throw new Error(
      'JSON.stringify does not write what it is given (has the program set it, or toJSON of Object.prototype or Array.prototype?)',
    );
  return withFlags(body);
}

/**
 * A gauge that has no value any more is NaN, which the serializer writes as a number that JSON does not have. OTLP says it by a
 * flag, "no recorded value". In a text of the host quotes are escaped, so this is found where the serializer wrote it only.
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#no-recorded-value
 */
function withFlags(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!NO_NUMBERS.some((written) => text.includes(written))) return body;
  return Buffer.from(
    NO_NUMBERS.reduce((json, written) => json.replaceAll(written, '"flags":1'), text.toString()),
  );
}

/** A Collector would take what is something else for a batch without data. */
function isWritten(body: Uint8Array): boolean {
  return BEGINNING.every((byte, index) => body[index] === byte);
}

/** The serializer reads the attributes of a resource and nothing else. */
function asResource(attributes: Attributes): ResourceMetrics['resource'] {
  const resource = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

function countPoints(scopes: readonly ScopeMetrics[]): number {
  const metrics = scopes.flatMap((scope) => scope.metrics);
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

function halve(scopes: readonly ScopeMetrics[]): ScopeMetrics[][] {
  const middle = Math.ceil(countPoints(scopes) / 2);
  return [pointsBetween(scopes, 0, middle), pointsBetween(scopes, middle, Infinity)];
}

/** The points from an index up to another, with the metrics and scopes that hold any of them. */
function pointsBetween(scopes: readonly ScopeMetrics[], from: number, to: number): ScopeMetrics[] {
  let index = 0;
  return scopes.flatMap(({ scope, metrics }) => {
    const kept = metrics.flatMap((metric) => {
      const [first, last] = [Math.max(0, from - index), Math.max(0, to - index)];
      index += metric.dataPoints.length;
      return withPoints(metric, first, last);
    });
    return kept.length === 0 ? [] : [{ scope, metrics: kept }];
  });
}

function withPoints(metric: MetricData, from: number, to: number): MetricData[] {
  if (from >= to || from >= metric.dataPoints.length) return [];
  // One by one: the compiler does not see that a slice keeps the type of its points.
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return [{ ...metric, dataPoints: metric.dataPoints.slice(from, to) }];
    case DataPointType.GAUGE:
      return [{ ...metric, dataPoints: metric.dataPoints.slice(from, to) }];
    case DataPointType.HISTOGRAM:
      return [{ ...metric, dataPoints: metric.dataPoints.slice(from, to) }];
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [{ ...metric, dataPoints: metric.dataPoints.slice(from, to) }];
  }
}

function sayTooLarge(scopes: readonly ScopeMetrics[], bytes: number, complaints: Complaints): void {
  const name = scopes[0]?.metrics[0]?.descriptor.name ?? 'a metric';
  complaints.add(
    `${name}: dropped a data point that makes a batch of ${bytes} bytes; allowed: up to ${BATCH_SPLIT_BYTES}`,
  );
}
