import { type MetricFamily, UNKNOWN } from '../metric.ts';
import { TESTS_LABELS, type TestsLabelName } from './labels.ts';
import { TESTS_METRICS } from './metrics.ts';

/** What the reports of test runs say. Its type checks every declaration of the family. */
export const TESTS_FAMILY: MetricFamily<TestsLabelName> & { readonly metrics: typeof TESTS_METRICS } = {
  name: 'tests',
  serviceName: 'test-results',
  description: 'Runs of test suites, counted from the reports that their runners wrote.',
  metrics: TESTS_METRICS,
  labels: TESTS_LABELS,
  dependentLabels: [{ labels: ['suite', 'category'], sets: [{ suite: UNKNOWN, category: UNKNOWN }] }],
};
