import {
  FAB_METRICS,
  type FabMetricKey,
  instrumentOptions,
  type LabelsOf,
  type MetricDefinition,
} from '@ephemetry/contract';
import type { Meter } from '@opentelemetry/api';
import { quietly } from './quietly.ts';

/** fab's instruments, one for each metric of the contract. */
export interface FabInstruments {
  /** Adds to a counter or records into a histogram. Never throws. A counter takes no 0: it would only announce a series. */
  record<Key extends FabMetricKey>(
    key: Key,
    value: number,
    labels: LabelsOf<(typeof FAB_METRICS)[Key]>,
  ): void;
}

type Recorder = (value: number, labels: Readonly<Record<string, string>>) => void;

/** Creates every instrument of the contract's fab family on a meter. */
export function createFabInstruments(meter: Meter): FabInstruments {
  const definitions = Object.entries<MetricDefinition>(FAB_METRICS);
  const recorders = new Map(definitions.map(([key, metric]) => [key, createRecorder(meter, metric)]));
  return { record: (key, value, labels) => void quietly(() => recorders.get(key)?.(value, labels)) };
}

function createRecorder(meter: Meter, metric: MetricDefinition): Recorder {
  const options = instrumentOptions(metric);
  if (metric.instrument === 'histogram') {
    const histogram = meter.createHistogram(metric.name, options);
    return (value, labels) => histogram.record(value, { ...labels });
  }
  const counter = meter.createCounter(metric.name, options);
  return (value, labels) => {
    if (value > 0) counter.add(value, { ...labels });
  };
}
