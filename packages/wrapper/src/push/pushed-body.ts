/** Pushed points as one OTLP/JSON request. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { Measurement } from './measurement.ts';
import type { PushedPoints } from './pushed-batch.ts';

/** The service of what is pushed where nobody names one. */
export const PUSH_SERVICE = 'push';

const DELTA = 1;

/** One line. The resource has the run id and the sequence of the batch. */
export function pushedBody(
  { points, startUnixMs }: PushedPoints,
  resource: Attributes,
  nowUnixMs: number,
): Uint8Array {
  const times = { startTimeUnixNano: nanoseconds(startUnixMs), timeUnixNano: nanoseconds(nowUnixMs) };
  const metrics = [...groupsByName(points)].map((group) => metricJson(group, times));
  const attributes = Object.entries(named(resource)).map(([key, value]) => ({
    key,
    value: valueJson(value),
  }));
  const scopeMetrics = [{ scope: { name: 'ephemetry' }, metrics }];
  return new TextEncoder().encode(
    JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics }] }),
  );
}

/** A name that tells of Node says nothing of who pushes. */
function named(resource: Attributes): Attributes {
  const isUnnamed = String(resource['service.name']).startsWith('unknown_service:');
  return isUnnamed ? { ...resource, 'service.name': PUSH_SERVICE } : resource;
}

function valueJson(value: AttributeValue | undefined): object {
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { stringValue: String(value) };
}

interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

function metricJson([name, points]: readonly [string, readonly Measurement[]], times: Times): object {
  const [first] = points;
  const head = { name, unit: first?.unit ?? '' };
  const dataPoints = points.map((point) => pointJson(point, times));
  switch (first?.kind) {
    case 'gauge':
      return { ...head, gauge: { dataPoints } };
    case 'histogram':
      return { ...head, histogram: { aggregationTemporality: DELTA, dataPoints } };
    default:
      return { ...head, sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints } };
  }
}

/** Doubles alone: an integer and a double of one name are two streams, and a receiver may take the second for a repeat. */
function pointJson(point: Measurement, times: Times): object {
  const attributes = Object.entries(point.attributes).map(([key, value]) => ({
    key,
    value: { stringValue: value },
  }));
  if (point.kind === 'histogram') {
    const { bounds, counts, sum } = point;
    return {
      attributes,
      ...times,
      count: String(counts.reduce((total, each) => total + each, 0)),
      ...(sum === undefined ? {} : { sum }),
      bucketCounts: counts.map(String),
      explicitBounds: bounds,
    };
  }
  const { kind, value } = point;
  if (kind === 'gauge') return { attributes, timeUnixNano: times.timeUnixNano, asDouble: value };
  return { attributes, ...times, asDouble: value };
}

function groupsByName(points: readonly Measurement[]): ReadonlyMap<string, readonly Measurement[]> {
  const groups = new Map<string, Measurement[]>();
  for (const point of points) {
    const group = groups.get(point.name);
    if (group === undefined) groups.set(point.name, [point]);
    else group.push(point);
  }
  return groups;
}

function nanoseconds(unixMs: number): string {
  return `${BigInt(Math.floor(unixMs)) * 1_000_000n}`;
}
