import type { MetricFamily } from '../metric.ts';
import { MERGE_LABELS, type MergeLabelName } from './labels.ts';
import { MERGE_METRICS } from './metrics.ts';

/** What the merge analyzer reports. Its type checks every declaration of the family. */
export const MERGE_FAMILY: MetricFamily<MergeLabelName> & { readonly metrics: typeof MERGE_METRICS } = {
  name: 'merge',
  serviceName: 'merge-analyzer',
  description: 'Rolling rates over the merges of an orchestrator of coding agents.',
  metrics: MERGE_METRICS,
  labels: MERGE_LABELS,
  dependentLabels: [],
};
