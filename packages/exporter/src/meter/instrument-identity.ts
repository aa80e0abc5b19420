/** What makes two instruments the same one, read from what a caller passed. */
import { type MetricOptions, ValueType } from '@opentelemetry/api';
import { textOf } from '../text-of.ts';
import type { Complaints } from './complaints.ts';

/** The identity of an instrument: two with the same one are the same. */
export interface InstrumentIdentity {
  readonly name: string;
  readonly kind:
    | 'counter'
    | 'updowncounter'
    | 'histogram'
    | 'gauge'
    | 'observablecounter'
    | 'observableupdowncounter'
    | 'observablegauge';
  readonly description: string;
  readonly unit: string;
  readonly valueType: ValueType;
  readonly bounds: readonly number[];
}

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation */
const DEFAULT_BOUNDS: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];

/** The identity that name, kind and options describe. */
export function identityOf(
  kind: InstrumentIdentity['kind'],
  name: string,
  options: MetricOptions | null,
  complaints: Complaints,
): InstrumentIdentity {
  // A host without types may pass null, or a number for a unit, which a Collector would refuse with the whole batch.
  const { description, unit, valueType, advice } = options ?? {};
  return {
    name,
    kind,
    description: textOf(description ?? ''),
    unit: textOf(unit ?? ''),
    valueType: valueType === ValueType.INT ? ValueType.INT : ValueType.DOUBLE,
    bounds: kind === 'histogram' ? validBounds(name, advice?.explicitBucketBoundaries, complaints) : [],
  };
}

function validBounds(
  name: string,
  bounds: readonly number[] | undefined,
  complaints: Complaints,
): readonly number[] {
  if (bounds === undefined) return DEFAULT_BOUNDS;
  if (
    Array.isArray(bounds) &&
    bounds.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > bounds[index - 1]))
  )
    return [...bounds];
  complaints.add(
    `${name}: explicitBucketBoundaries are [${textOf(bounds)}]; allowed: finite numbers in rising order. Using the default bounds`,
  );
  return DEFAULT_BOUNDS;
}
