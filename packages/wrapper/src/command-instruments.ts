/** Records the metrics of the family `command`. */
import {
  COMMAND_METRICS,
  type CommandMetricKey,
  instrumentOptions,
  type LabelsOf,
  type MetricDefinition,
} from '@ephemetry/contract';
import type { Meter } from '@opentelemetry/api';

/** Adds to a counter, records into a histogram or sets a gauge of the family. */
export type RecordCommand = <Key extends CommandMetricKey>(
  key: Key,
  value: number,
  labels: LabelsOf<(typeof COMMAND_METRICS)[Key]>,
) => void;

/** Instruments are made when they are first used: most runs need a few. A counter takes no 0, which would say nothing. */
export function commandRecorder(meter: Meter): RecordCommand {
  return (key, value, labels) => {
    const metric: MetricDefinition = COMMAND_METRICS[key];
    const options = instrumentOptions(metric);
    if (metric.instrument === 'histogram')
      meter.createHistogram(metric.name, options).record(value, { ...labels });
    else if (metric.instrument === 'gauge')
      meter.createGauge(metric.name, options).record(value, { ...labels });
    else if (value > 0) meter.createCounter(metric.name, options).add(value, { ...labels });
  };
}
