/** Points as one OTLP/JSON request. */
import type { RelayedBatch } from '@ephemetry/exporter';
import type { JsonAttribute, SoundPoint } from '@ephemetry/receiver/otlp';
import type { DeltaPoint } from './deltas.ts';

/** A point that is passed on. */
export interface PassedPoint extends Pick<SoundPoint, 'resource' | 'scope' | 'metric' | 'attributes'> {
  readonly kind: SoundPoint['point']['kind'];
  readonly bounds: readonly number[];
  readonly delta: DeltaPoint;
}

const DELTA = 1;
const NO_RECORDED_VALUE = 1;

/** One line. What says of itself neither which run nor which batch it is gets those of the wrapper. */
export function relayedBody(points: readonly PassedPoint[], batch: RelayedBatch): Uint8Array {
  const resourceMetrics = [...groupsBy(points, ({ resource }) => resource)].map((ofResource) => ({
    resource: { attributes: identified(ofResource[0]?.resource ?? [], batch) },
    scopeMetrics: [...groupsBy(ofResource, ({ scope }) => scope)].map((ofScope) => ({
      scope: ofScope[0]?.scope ?? {},
      metrics: [
        ...groupsBy(ofScope, ({ metric, kind, bounds, delta }) =>
          JSON.stringify([metric, kind, bounds, typeof delta.value]),
        ),
      ].map(metricJson),
    })),
  }));
  return new TextEncoder().encode(JSON.stringify({ resourceMetrics }));
}

function identified(
  attributes: readonly JsonAttribute[],
  { runId, sequence }: RelayedBatch,
): readonly JsonAttribute[] {
  const has = (key: string): boolean => attributes.some((attribute) => attribute.key === key);
  const instance = { key: 'service.instance.id', value: { stringValue: runId } };
  const number = { key: 'ephemetry.batch.sequence', value: { intValue: String(sequence) } };
  return [...(has(instance.key) ? [] : [instance]), ...(has(number.key) ? [] : [number]), ...attributes];
}

function metricJson(points: readonly PassedPoint[]): object {
  const [first] = points;
  const dataPoints = points.map(pointJson);
  const head = { ...first?.metric };
  switch (first?.kind) {
    case 'gauge':
      return { ...head, gauge: { dataPoints } };
    case 'histogram':
      return { ...head, histogram: { aggregationTemporality: DELTA, dataPoints } };
    default:
      return {
        ...head,
        sum: { aggregationTemporality: DELTA, isMonotonic: first?.kind === 'counter', dataPoints },
      };
  }
}

function pointJson({ attributes, kind, bounds, delta }: PassedPoint): object {
  const { startUnixNano, timeUnixNano, value, counts, sum } = delta;
  const times = { startTimeUnixNano: String(startUnixNano), timeUnixNano: String(timeUnixNano) };
  if (kind === 'histogram')
    return {
      attributes,
      ...times,
      count: String(value),
      ...(sum === undefined ? {} : { sum }),
      bucketCounts: counts.map(String),
      explicitBounds: bounds,
    };
  return { attributes, ...times, ...numberJson(value) };
}

/** A gauge that has no value any more is NaN, which JSON does not have. */
function numberJson(value: number | bigint): object {
  if (typeof value === 'bigint') return { asInt: String(value) };
  return Number.isNaN(value) ? { flags: NO_RECORDED_VALUE } : { asDouble: value };
}

/**
 * In the order of their first. All points of a resource share the object: written out for each of them, a command line of
 * 100 KiB would take 100 MB for a thousand points.
 */
function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Iterable<readonly Item[]> {
  const groups = new Map<unknown, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups.values();
}
