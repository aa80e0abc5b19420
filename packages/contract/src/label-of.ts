import { familyOf } from './families.ts';
import type { LabelDefinition, MetricDefinition, MetricFamily } from './metric.ts';

/**
 * What a label means on this metric, and which values it may have there: the metric's own declaration, or else that of its
 * family.
 *
 * @param family - where the label is declared. @default the family of the contract that owns the metric
 * @throws RangeError when no family declares the metric, or its family not the label.
 *
 * @example
 * ```ts
 * labelOf(TESTS_METRICS.reports, 'outcome').values; // ['read', 'empty', ...]
 * labelOf(TESTS_METRICS.results, 'outcome').values; // ['passed', 'failed', ...]
 * ```
 */
export function labelOf(
  metric: MetricDefinition,
  label: string,
  family: MetricFamily = familyOf(metric),
): LabelDefinition {
  const definition = metric.ownLabels?.[label] ?? family.labels[label];
  if (definition === undefined) {
    const known = Object.keys(family.labels).join(', ');
    throw new RangeError(`The ${family.name} family has no label "${label}". Its labels: ${known}.`);
  }
  return definition;
}
