import type { MetricFamily } from '../metric.ts';
import { COMMAND_LABELS, type CommandLabelName } from './labels.ts';
import { COMMAND_METRICS } from './metrics.ts';

/** What is measured of commands. Its type checks every declaration of the family. */
export const COMMAND_FAMILY: MetricFamily<CommandLabelName> & { readonly metrics: typeof COMMAND_METRICS } = {
  name: 'command',
  serviceName: 'command',
  description: 'Runs of any command, measured by `ephemetry run` around it.',
  metrics: COMMAND_METRICS,
  labels: COMMAND_LABELS,
  dependentLabels: [],
};
