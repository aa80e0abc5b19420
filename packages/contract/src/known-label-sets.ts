import { familyOf } from './families.ts';
import { labelOf } from './label-of.ts';
import { type DependentLabels, type MetricDefinition, type MetricFamily, UNKNOWN } from './metric.ts';

/** One combination of label values: label name to value. */
export type LabelSet = Readonly<Record<string, string>>;

/**
 * What a deployment declares of the labels whose values only it knows: labels that vary together, and their combinations.
 * The combinations of the contract itself, such as the one that is `unknown` throughout, are not repeated here.
 *
 * @example
 * ```ts
 * const declared: DeclaredLabels = [
 *   { labels: ['suite', 'category'], sets: [{ suite: 'hermes', category: 'tools' }] },
 * ];
 * ```
 */
export type DeclaredLabels = readonly DependentLabels[];

/**
 * Every label set that a measurement of this metric may carry, `unknown` values included, in a fixed order:
 * the product of its labels' domains, where dependent labels vary together. These are all of its series,
 * which is what lets a gateway show each one at 0 before its first value.
 *
 * @param family - where the labels are declared. @default the family of the contract that owns the metric
 * @param declared - what the deployment declares. @default nothing, so that labels whose values only a deployment knows are
 *   `unknown` alone
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
  declared: DeclaredLabels = [],
): readonly LabelSet[] {
  return independentDomains(metric, family, declared).reduce<readonly LabelSet[]>(
    (sets, domain) => sets.flatMap((set) => domain.map((values) => ({ ...set, ...values }))),
    [{}],
  );
}

/** The values that a deployment declares for this label, each once, in its order. */
export function declaredValues(declared: DeclaredLabels, label: string): readonly string[] {
  const sets = declared.filter(({ labels }) => labels.includes(label)).flatMap(({ sets }) => sets);
  return [...new Set(sets.map((set) => set[label] ?? UNKNOWN))].filter((value) => value !== UNKNOWN);
}

/** Whether some label of this metric has values that only a deployment knows. */
export function isDeclaredByDeployment(
  metric: MetricDefinition,
  family: MetricFamily = familyOf(metric),
): boolean {
  return metric.labels.some((label) => labelOf(metric, label, family).declared !== undefined);
}

/** The metric's labels grouped into parts that vary freely of each other, each with its combinations. */
function independentDomains(
  metric: MetricDefinition,
  family: MetricFamily,
  declared: DeclaredLabels,
): readonly (readonly LabelSet[])[] {
  const placed = new Set<string>();
  const domains: (readonly LabelSet[])[] = [];
  for (const label of metric.labels) {
    if (placed.has(label)) continue;
    const dependent = family.dependentLabels.find(({ labels }) => labels.includes(label));
    const together = dependent?.labels.filter((name) => metric.labels.includes(name)) ?? [label];
    for (const name of together) placed.add(name);
    const ofDeployment = declared.filter(({ labels }) => labels.includes(label)).flatMap(({ sets }) => sets);
    const ofContract = dependent?.sets ?? singles(metric, label, family);
    domains.push(distinct([...ofDeployment, ...ofContract], together));
  }
  return domains;
}

/** The combinations cut down to the labels this metric has; without the role, phases repeat. */
function distinct(sets: DependentLabels['sets'], labels: readonly string[]): readonly LabelSet[] {
  const cut = sets.map((set) => Object.fromEntries(labels.map((label) => [label, set[label] ?? UNKNOWN])));
  return [...new Map(cut.map((set) => [JSON.stringify(set), set])).values()];
}

function singles(metric: MetricDefinition, label: string, family: MetricFamily): readonly LabelSet[] {
  return labelOf(metric, label, family).values.map((value) => ({ [label]: value }));
}
