/** What was counted into the instruments of the contract's family `forge`. */
import { FORGE_METRICS, type MetricDefinition } from '@ephemetry/contract';
import { type Meter, type MetricOptions, ValueType } from '@opentelemetry/api';
import { boundsOf, COUNTED_KEYS, type CountedKey, type Measurement } from '../facts/measurement.ts';

/** Records measurements, in their order: the same ones make the same batch. */
export function recordMeasurements(meter: Meter, measurements: readonly Measurement[]): void {
  const recorders = new Map<CountedKey, Recorder>();
  for (const { key, labels, value } of measurements) {
    const recorder = recorders.get(key) ?? recorderOf(meter, key);
    recorders.set(key, recorder);
    recorder(value, labels);
  }
}

/** Makes the instruments that count, so that what is scraped shows their sums. */
export function declareCounts(meter: Meter): void {
  for (const key of COUNTED_KEYS) recorderOf(meter, key);
}

type Recorder = (value: number, labels: Measurement['labels']) => void;

function recorderOf(meter: Meter, key: CountedKey): Recorder {
  const metric = FORGE_METRICS[key];
  const bounds = boundsOf(key);
  if (bounds === undefined) {
    const counter = meter.createCounter(metric.name, optionsOf(metric));
    return (value, labels) => counter.add(value, labels);
  }
  const advice = { explicitBucketBoundaries: [...bounds] };
  const histogram = meter.createHistogram(metric.name, { ...optionsOf(metric), advice });
  return (value, labels) => histogram.record(value, labels);
}

/** What travels with an instrument. */
export function optionsOf({ unit, description, valueType }: MetricDefinition): MetricOptions {
  return { unit, description, valueType: valueType === 'int' ? ValueType.INT : ValueType.DOUBLE };
}
