import { FAB_FAMILY } from '../fab/family.ts';
import type { MetricFamily } from '../metric.ts';
import { EPHEMETRY_LABELS, type EphemetryLabelName } from './labels.ts';
import { EPHEMETRY_METRICS } from './metrics.ts';

/** What ephemetry reports of its own deliveries. Its type checks every declaration of the family. */
export const EPHEMETRY_FAMILY: MetricFamily<EphemetryLabelName> & {
  readonly metrics: typeof EPHEMETRY_METRICS;
} = {
  name: 'ephemetry',
  serviceName: 'ephemetry',
  // An instrumented fab on a laptop where nobody drains.
  alsoReportedBy: [FAB_FAMILY.serviceName],
  description: 'Batches that came late or never, counted in the spools they passed through.',
  metrics: EPHEMETRY_METRICS,
  labels: EPHEMETRY_LABELS,
  dependentLabels: [],
};
