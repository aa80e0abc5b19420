/** The metrics reference: what a reader of dashboards and alerts needs to know of every metric. */
import {
  type DependentLabels,
  type GaugeLife,
  INGEST_LIMITS,
  isDeclaredByDeployment,
  knownLabelSets,
  type LabelDefinition,
  labelOf,
  type MetricDefinition,
  type MetricFamily,
  RECEIVE_LABELS,
  RECEIVE_METRICS,
  type ReceiveMetric,
} from '../src/index.ts';

/** A label with more values than this is listed once, under the labels, and linked from the metrics. */
const INLINE_VALUES_LIMIT = 12;

/** The whole page in Markdown, for these families in this order, and the receiver of the command line. */
export function renderMetricsReference(families: readonly MetricFamily[]): string {
  return `${[INTRODUCTION, ...families.map(familySection), receiveSection()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Metrics

<!-- Generated from packages/contract by \`pnpm generate\`. Edit the declarations there, not this page. -->

Every metric, label and value that can appear. Three things hold for all of them:

- Names are the full Prometheus names: what stands here is what you query.
- A label value outside its list is recorded as \`unknown\`, never as a new series. Some labels have values that only a
  deployment knows: it declares them in [\`ephemetry.yaml\`](../guide/ephemetry-yaml.md), so many at most, or names up to
  64 of a label by an option of the command, such as \`--name\` or \`--suite\`.
- Unknown is not zero: what a program cannot measure it does not record. A series at 0 that never moved was
  announced, so that its first value counts in \`increase()\`; nothing was measured on it.

A \`stable\` metric keeps its name, unit, labels and bounds; if one of them must change, the name changes too.
An \`experimental\` one may change with any release.`;

function familySection(family: MetricFamily): string {
  const metrics = Object.values(family.metrics);
  const labels = Object.values(family.labels);
  return [
    `## ${family.name}`,
    `${family.description} They carry ${services(family)}.`,
    table(
      ['Metric', 'What it counts or measures'],
      metrics.map(({ name, description }) => [`[\`${name}\`](#${name})`, description]),
    ),
    ...metrics.map((metric) => metricSection(metric, family)),
    `### Labels of ${family.name}`,
    table(
      ['Label', 'Meaning', 'Values'],
      labels.map((label) => [`\`${label.name}\``, label.description, values(label)]),
    ),
    ...family.dependentLabels.map((dependent) => dependentSection(dependent, family)),
  ].join('\n\n');
}

function dependentSection({ labels: names, sets }: DependentLabels, family: MetricFamily): string {
  const title = `### ${sentence(names)} of ${family.name}`;
  if (names.some((name) => family.labels[name]?.declared !== undefined)) {
    return `${title}\n\nThese occur in the combinations that the deployment declares, and no other.`;
  }
  return [
    title,
    `These occur in ${sets.length} combinations and no other:`,
    table(
      names.map((name) => `\`${name}\``),
      sets.map((set) => names.map((name) => set[name] ?? '')),
    ),
  ].join('\n\n');
}

/** Short: nobody builds dashboards or alerts on a receiver that forgets all at its end. */
function receiveSection(): string {
  return [
    '## ephemetry receive',
    'What `ephemetry receive` counts about itself on its own `/metrics`, from its start to its end. Nobody sends these, and no gateway has them.',
    table(
      ['Metric', 'What it counts', 'Labels'],
      Object.values<ReceiveMetric>(RECEIVE_METRICS).map(({ name, description, labels }) => [
        `\`${name}\``,
        description,
        labels.map((label) => `\`${label}\``).join(', '),
      ]),
    ),
    table(
      ['Label', 'Meaning', 'Values'],
      Object.values(RECEIVE_LABELS).map((label) => [`\`${label.name}\``, label.description, values(label)]),
    ),
  ].join('\n\n');
}

/** Who reports the family: its own programs, and whoever else does. */
function services({ serviceName, alsoReportedBy = [] }: MetricFamily): string {
  return [serviceName, ...alsoReportedBy].map((name) => `\`service.name="${name}"\``).join(' or ');
}

function metricSection(metric: MetricDefinition, family: MetricFamily): string {
  const labels = metric.labels.map((name) => labelOf(metric, name, family));
  const rows = [
    ['Instrument', `${metric.instrument}, ${metric.valueType}`],
    ['Unit', `\`${metric.unit}\``],
    ...labels.map((label) => [`Label \`${label.name}\``, metricValues(label)]),
    ...(metric.life ? [['Shown', LIVES[metric.life]]] : []),
    ...(metric.bounds ? [['Bounds', metric.bounds.join(', ')]] : []),
    ['Label sets', labelSetCount(metric, family)],
    ['Stability', metric.stability],
  ];
  return [
    `### ${metric.name}`,
    `${metric.description}. ${metric.notes}`,
    table(['Property', 'Value'], rows),
    `\`\`\`promql\n${metric.exampleQuery}\n\`\`\``,
  ].join('\n\n');
}

const LIVES: Readonly<Record<GaugeLife, string>> = {
  lasts: 'until there is a newer value',
  lives: `for ${INGEST_LIMITS.readingSeconds / 60} min: a reading of a program that runs`,
};

/** How many label sets there are, and what each costs where one is more than one series. */
function labelSetCount(metric: MetricDefinition, family: MetricFamily): string {
  const count = isDeclaredByDeployment(metric, family)
    ? 'those that the deployment declares'
    : knownLabelSets(metric, family).length;
  // A bucket for every bound and +Inf, the sum and the count.
  return metric.bounds ? `${count}, of ${metric.bounds.length + 3} Prometheus series each` : String(count);
}

/** The values, or how many there are when a list would drown the table. */
function metricValues(label: LabelDefinition): string {
  return label.values.length > INLINE_VALUES_LIMIT
    ? `${label.values.length} values, listed below`
    : values(label);
}

function values({ values: known, declared }: Pick<LabelDefinition, 'values' | 'declared'>): string {
  const fixed = known.map((value) => `\`${value}\``).join(', ');
  return declared ? `up to ${declared.limit} of \`${declared.section}\`, ${fixed}` : fixed;
}

/** `['role', 'phase', 'group']` as `Role, phase and group`. */
function sentence(names: readonly string[]): string {
  const joined = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
