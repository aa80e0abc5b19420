import type { MetricFamily } from '../metric.ts';
import { FAB_LABELS, type FabLabelName } from './labels.ts';
import { FAB_METRICS } from './metrics.ts';
import { FAB_ROLE_LABELS } from './role-labels.ts';

/** What fab's role sessions and merge gates report. Its type checks every declaration of the family. */
export const FAB_FAMILY: MetricFamily<FabLabelName> & { readonly metrics: typeof FAB_METRICS } = {
  name: 'fab',
  serviceName: 'fab',
  description: 'Role sessions and merge gates of fab, from every transport it runs on.',
  metrics: FAB_METRICS,
  labels: FAB_LABELS,
  dependentLabels: [{ labels: ['role', 'phase', 'group'], sets: FAB_ROLE_LABELS }],
};
