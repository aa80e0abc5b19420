/** A definition of the contract as the options of an OpenTelemetry instrument. */
import type { MetricDefinition } from './metric.ts';

/** `MetricOptions` of the OpenTelemetry API, of which this package needs no more than the shape. */
export interface InstrumentOptions {
  readonly unit: string;
  readonly description: string;
  /** `ValueType.INT` or `ValueType.DOUBLE`. */
  readonly valueType: 0 | 1;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/**
 * What the OpenTelemetry API is told of a metric when its instrument is made: unit, description, type and bounds, of which
 * mergers take all for its identity.
 *
 * @example
 * ```ts
 * import { COMMAND_METRICS, instrumentOptions } from '@ephemetry/contract';
 * import { metrics } from '@opentelemetry/api';
 *
 * const { runs } = COMMAND_METRICS;
 * metrics.getMeter('deploy').createCounter(runs.name, instrumentOptions(runs));
 * ```
 */
export function instrumentOptions({
  unit,
  description,
  valueType,
  bounds,
}: MetricDefinition): InstrumentOptions {
  return {
    unit,
    description,
    valueType: valueType === 'int' ? 0 : 1,
    ...(bounds && { advice: { explicitBucketBoundaries: [...bounds] } }),
  };
}
