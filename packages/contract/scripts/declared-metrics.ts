/** What the gateway holds programs to: the kind of each declared name, and the bounds of each declared histogram. */
import type { InstrumentKind, MetricDefinition, MetricFamily } from '../src/index.ts';

/** `collector-config/declared/histograms.yaml`: the Collector's processors that know the contract. */
export function renderDeclaredMetrics(families: readonly MetricFamily[]): string {
  const metrics = families.flatMap((family): readonly MetricDefinition[] => Object.values(family.metrics));
  const histograms = metrics.filter(({ instrument }) => instrument === 'histogram');
  return [
    HEADER,
    declaredKinds(metrics),
    ...histograms.map(foreignBounds),
    BEHIND_THE_DEDUPE,
    ...histograms.map(knownBounds),
    lifeOfGauges(metrics),
  ].join('');
}

const HEADER = `# What the contract declares, as far as the gateway holds programs to it.
#
# Bounds are part of a histogram's identity: of 20 runs, half with one more bound, 10 showed up and 10 vanished.
# A histogram that is listed here has exactly these bounds, others are refused and counted as \`foreign_bounds\`. One that is
# not listed keeps its bounds as the label histogram_bounds (a hash of those above 255 bytes), so that two versions are two
# series and nothing is lost.
# Generated from packages/contract by \`pnpm generate\`: edit packages/contract/scripts/declared-metrics.ts, not this file.

processors:
  # One name has one kind: of two, Prometheus shows the one that came first, and the other never. So a point that has the
  # name of the contract, as Prometheus folds names (a \`.\` here is any character), has the contract's kind, or it is refused
  # and counted. Nor may another metric be called as the parts of a declared histogram.
  # In front of transform/check, whose reasons are the more telling ones.
  transform/declared:
    error_mode: ignore
    metric_statements:
      - context: metric
`;

function declaredKinds(metrics: readonly MetricDefinition[]): string {
  const prefixes = [...new Set(metrics.map(({ name }) => name.slice(0, name.indexOf('_'))))];
  const refuse = (where: string): string =>
    `          - set(metric.metadata["ephemetry.refused"], "foreign_kind") where ${where}\n`;
  const named = (instrument: InstrumentKind): string => `"^(${folded(metrics, instrument)})$$"`;
  return [
    '        # Cheaper than to hold each name against all of them.\n        conditions:\n',
    ...prefixes.map((prefix) => `          - HasPrefix(metric.name, "${prefix}")\n`),
    '        statements:\n',
    refuse(
      `(metric.type != METRIC_DATA_TYPE_SUM or metric.is_monotonic == false) and IsMatch(metric.name, ${named('counter')})`,
    ),
    refuse(`metric.type != METRIC_DATA_TYPE_HISTOGRAM and IsMatch(metric.name, ${named('histogram')})`),
    refuse(`metric.type != METRIC_DATA_TYPE_GAUGE and IsMatch(metric.name, ${named('gauge')})`),
    refuse(`IsMatch(metric.name, "^(${folded(metrics, 'histogram')}).(bucket|count|sum)$$")`),
    '      - context: datapoint\n        conditions:\n          - metric.type == METRIC_DATA_TYPE_HISTOGRAM\n        statements:\n',
  ].join('');
}

/** As Prometheus folds names: any character may stand where the contract has a `_`. */
function folded(metrics: readonly MetricDefinition[], kind: InstrumentKind): string {
  const names = metrics.filter(({ instrument }) => instrument === kind).map(({ name }) => name);
  return names.join('|').replaceAll('_', '.');
}

/** The Collector's `Format` writes bounds with spaces between them. */
function foreignBounds({ name, bounds = [] }: MetricDefinition): string {
  const isForeign = `Format("%v", [datapoint.explicit_bounds]) != "[${bounds.join(' ')}]"`;
  return `          - set(datapoint.attributes["ephemetry.refused"], "foreign_bounds") where IsMatch(metric.name, "^(${name.replaceAll('_', '.')})$$") and ${isForeign}\n`;
}

const BEHIND_THE_DEDUPE = `
  # Behind the dedupe: the label of bounds that are the contract's says nothing.
  transform/declared_histograms:
    error_mode: ignore
    metric_statements:
`;

function knownBounds({ name, bounds = [] }: MetricDefinition): string {
  return `      - delete_key(datapoint.attributes, "histogram_bounds") where metric.name == "${name}" and datapoint.attributes["histogram_bounds"] == "${JSON.stringify(bounds)}"\n`;
}

function lifeOfGauges(metrics: readonly MetricDefinition[]): string {
  const lasting = metrics.filter(({ life }) => life === 'lasts').map(({ name }) => name);
  const isLasting = `IsMatch(metric.name, "^(${lasting.join('|')})$$")`;
  return `
  # A gauge that the contract declares to last, the result of a last run, is shown until there is a newer one. All others are
  # readings of a program that runs: they have a page of their own, which forgets them. One that comes late, out of a spool,
  # says nothing of now.
  filter/results:
    error_mode: ignore
    metric_conditions:
      - metric.type != METRIC_DATA_TYPE_GAUGE or not ${isLasting}
  filter/readings:
    error_mode: ignore
    metric_conditions:
      - context: metric
        conditions:
          - metric.type != METRIC_DATA_TYPE_GAUGE or ${isLasting}
      - context: datapoint
        conditions:
          - datapoint.time < Now() - Duration("\${env:GATEWAY_READINGS_WITHIN:-5m}")
`;
}
