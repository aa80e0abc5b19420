import { type MetricFamily, UNKNOWN } from '../metric.ts';
import { HEALTH_LABELS, type HealthLabelName } from './labels.ts';
import { HEALTH_METRICS } from './metrics.ts';

/** What probes of services find. Its type checks every declaration of the family. */
export const HEALTH_FAMILY: MetricFamily<HealthLabelName> & { readonly metrics: typeof HEALTH_METRICS } = {
  name: 'health',
  serviceName: 'health',
  description: 'Services as probes from one or more places find them.',
  metrics: HEALTH_METRICS,
  labels: HEALTH_LABELS,
  dependentLabels: [{ labels: ['target', 'class'], sets: [{ target: UNKNOWN, class: UNKNOWN }] }],
};
