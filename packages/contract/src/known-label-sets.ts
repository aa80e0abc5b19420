import { familyOf } from './families.ts';
import { type DependentLabels, type MetricDefinition, type MetricFamily, UNKNOWN } from './metric.ts';

/** One combination of label values: label name to value. */
export type LabelSet = Readonly<Record<string, string>>;

/**
 * Every label set that a measurement of this metric may carry, `unknown` values included, in a fixed order:
 * the product of its labels' domains, where dependent labels vary together. These are all of its series,
 * which is what lets a gateway show each one at 0 before its first value.
 *
 * @param family - where the labels are declared. @default the family of the contract that owns the metric
 * @throws RangeError when no family declares the metric, or its family not one of its labels.
 *
 * @example
 * ```ts
 * knownLabelSets(FAB_METRICS.mergeGateAttempts);
 * // [{ profile: 'code' }, { profile: 'docs' }, { profile: 'unknown' }]
 * ```
 */
export function knownLabelSets(
  metric: MetricDefinition,
  family: MetricFamily = familyOf(metric),
): readonly LabelSet[] {
  return independentDomains(metric, family).reduce<readonly LabelSet[]>(
    (sets, domain) => sets.flatMap((set) => domain.map((values) => ({ ...set, ...values }))),
    [{}],
  );
}

/** The metric's labels grouped into parts that vary freely of each other, each with its combinations. */
function independentDomains(
  metric: MetricDefinition,
  family: MetricFamily,
): readonly (readonly LabelSet[])[] {
  const placed = new Set<string>();
  const domains: (readonly LabelSet[])[] = [];
  for (const label of metric.labels) {
    if (placed.has(label)) continue;
    const dependent = family.dependentLabels.find(({ labels }) => labels.includes(label));
    const together = dependent?.labels.filter((name) => metric.labels.includes(name)) ?? [label];
    for (const name of together) placed.add(name);
    domains.push(dependent ? distinct(dependent.sets, together) : singles(label, family));
  }
  return domains;
}

/** The combinations cut down to the labels this metric has; without the role, phases repeat. */
function distinct(sets: DependentLabels['sets'], labels: readonly string[]): readonly LabelSet[] {
  const cut = sets.map((set) => Object.fromEntries(labels.map((label) => [label, set[label] ?? UNKNOWN])));
  return [...new Map(cut.map((set) => [JSON.stringify(set), set])).values()];
}

function singles(label: string, family: MetricFamily): readonly LabelSet[] {
  const definition = family.labels[label];
  if (definition === undefined) {
    const known = Object.keys(family.labels).join(', ');
    throw new RangeError(`The ${family.name} family has no label "${label}". Its labels: ${known}.`);
  }
  return definition.values.map((value) => ({ [label]: value }));
}
