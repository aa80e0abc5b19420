import type { MetricFamily } from '../metric.ts';
import { ALERTS_LABELS, type AlertsLabelName } from './labels.ts';
import { ALERTS_METRICS } from './metrics.ts';

/** What the receiver that files an issue for each alert does. Its type checks every declaration of the family. */
export const ALERTS_FAMILY: MetricFamily<AlertsLabelName> & { readonly metrics: typeof ALERTS_METRICS } = {
  name: 'alerts',
  serviceName: 'alerts',
  isScraped: true,
  description: 'Issues of a forge as they are filed for the alerts of an Alertmanager.',
  metrics: ALERTS_METRICS,
  labels: ALERTS_LABELS,
  dependentLabels: [],
};
