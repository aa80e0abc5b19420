/** What was counted into the instruments of the contract's family `forge`. */
import { FORGE_METRICS, instrumentOptions } from '@ephemetry/contract';
import type { Meter } from '@opentelemetry/api';
import { COUNTED_KEYS, type CountedKey, type ForgeMeasurement } from '../facts/measurement.ts';

/** Records measurements, in their order: the same ones make the same batch. */
export function recordMeasurements(meter: Meter, measurements: readonly ForgeMeasurement[]): void {
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

type Recorder = (value: number, labels: ForgeMeasurement['labels']) => void;

function recorderOf(meter: Meter, key: CountedKey): Recorder {
  const metric = FORGE_METRICS[key];
  const options = instrumentOptions(metric);
  if (metric.instrument === 'counter') {
    const counter = meter.createCounter(metric.name, options);
    return (value, labels) => counter.add(value, labels);
  }
  const histogram = meter.createHistogram(metric.name, options);
  return (value, labels) => histogram.record(value, labels);
}
