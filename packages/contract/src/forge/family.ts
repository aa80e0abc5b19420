import { type MetricFamily, UNKNOWN } from '../metric.ts';
import { FORGE_LABELS, type ForgeLabelName } from './labels.ts';
import { FORGE_METRICS } from './metrics.ts';

/** What a forge says of the work in it. Its type checks every declaration of the family. */
export const FORGE_FAMILY: MetricFamily<ForgeLabelName> & { readonly metrics: typeof FORGE_METRICS } = {
  name: 'forge',
  serviceName: 'forge',
  description: 'Issues, changes and pipelines of the repositories of a Gitea or Forgejo server.',
  metrics: FORGE_METRICS,
  labels: FORGE_LABELS,
  dependentLabels: [
    { labels: ['repository', 'pipeline'], sets: [{ repository: UNKNOWN, pipeline: UNKNOWN }] },
  ],
};
