/**
 * What every declaration of the contract must keep, whatever family it belongs to. The compiler checks the
 * shape; these rules check the meaning, against Prometheus naming and the UCUM units of OpenTelemetry.
 *
 * @see https://prometheus.io/docs/practices/naming/
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1
 */
import { type LabelDefinition, type MetricDefinition, type MetricFamily, UNKNOWN } from '../src/index.ts';

/** More values of one label than this are no bounded label any more, whatever a deployment wants. */
const DECLARED_LIMIT = 1000;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const ANNOTATION = /^\{[A-Za-z][A-Za-z0-9_]*\}$/;
/** Prometheus and its scrapes own these: a metric that carries one has it overwritten or renamed. */
const RESERVED_LABELS: readonly string[] = ['le', 'quantile', 'job', 'instance'];
/** Prometheus and OpenMetrics add these to the series of a metric; as a name they collide. */
const RESERVED_SUFFIX = /_(bucket|sum|count|created|info)$/;
/** The suffix that a Prometheus translation expects for a UCUM unit. An annotation expects none. */
const UNIT_SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['s', '_seconds'],
  ['ms', '_milliseconds'],
  ['min', '_minutes'],
  ['h', '_hours'],
  ['d', '_days'],
  ['By', '_bytes'],
  ['KiBy', '_kibibytes'],
  ['MiBy', '_mebibytes'],
  ['%', '_percent'],
  ['1', '_ratio'],
]);

/** Every rule that a declaration of this family breaks, one sentence each; empty when all is well. */
export function declarationFaults(family: MetricFamily): readonly string[] {
  const metrics = Object.values(family.metrics);
  return [
    ...metrics.flatMap((metric) =>
      [
        ...nameFaults(metric, family),
        ...unitFaults(metric),
        ...metricLabelFaults(metric, family),
        ...boundsFaults(metric),
        ...lifeFaults(metric),
        ...docsFaults(metric),
      ].map((fault) => `${metric.name}: ${fault}`),
    ),
    ...Object.entries(family.labels).flatMap(([key, label]) =>
      labelFaults(key, label).map((fault) => `label ${key}: ${fault}`),
    ),
    ...dependentLabelFaults(family),
  ];
}

/** Names that two metrics of these families share: as the same series, or as a histogram's parts. */
export function duplicateNames(families: readonly MetricFamily[]): readonly string[] {
  const names = families.flatMap(({ metrics }) => Object.values(metrics).map(({ name }) => name));
  return names.filter((name, position) => names.indexOf(name) !== position);
}

function nameFaults({ name, instrument }: MetricDefinition, family: MetricFamily): readonly string[] {
  return faults([
    [NAME.test(name), 'a name is snake_case: letters, digits and single underscores'],
    [name.startsWith(`${family.name}_`), `a name of this family starts with "${family.name}_"`],
    [
      (instrument === 'counter') === name.endsWith('_total'),
      'the name of a counter ends in _total, and no other does',
    ],
    [!RESERVED_SUFFIX.test(name), 'a name does not end in _bucket, _sum, _count, _created or _info'],
  ]);
}

function unitFaults({ name, unit }: MetricDefinition): readonly string[] {
  if (ANNOTATION.test(unit)) return [];
  const suffix = UNIT_SUFFIXES.get(unit);
  if (suffix === undefined) {
    const known = [...UNIT_SUFFIXES.keys()].join(', ');
    return [`unit "${unit}" is neither an annotation such as {session} nor one of ${known}`];
  }
  return faults([
    [name.replace(/_total$/, '').endsWith(suffix), `unit "${unit}" needs ${suffix} in the name`],
  ]);
}

function metricLabelFaults(
  { labels, ownLabels = {} }: MetricDefinition,
  family: MetricFamily,
): readonly string[] {
  return [
    ...Object.entries(ownLabels).flatMap(([key, label]) => [
      ...(label === undefined ? [] : labelFaults(key, label).map((fault) => `own label ${key}: ${fault}`)),
      ...faults([[labels.includes(key), `own label ${key}: a metric has the labels that it declares`]]),
    ]),
    ...labels
      .filter((label) => family.labels[label] === undefined)
      .map((label) => `label "${label}" is not declared by the ${family.name} family`),
    ...faults([[new Set(labels).size === labels.length, 'a label is listed once']]),
  ];
}

function boundsFaults({ instrument, bounds }: MetricDefinition): readonly string[] {
  if (instrument !== 'histogram') return faults([[bounds === undefined, 'only a histogram has bounds']]);
  if (bounds === undefined || bounds.length === 0) return ['a histogram has at least one bound'];
  return faults([
    [bounds.every(Number.isFinite), 'bounds are finite; +Inf is implied'],
    [
      bounds.every((bound, position) => position === 0 || bound > (bounds[position - 1] ?? Number.NaN)),
      'bounds are strictly increasing',
    ],
  ]);
}

function lifeFaults({ instrument, life }: MetricDefinition): readonly string[] {
  if (instrument === 'gauge') return faults([[life !== undefined, 'a gauge says whether it lasts or lives']]);
  return faults([[life === undefined, 'only a gauge lasts or lives']]);
}

function docsFaults({ name, description, notes, exampleQuery }: MetricDefinition): readonly string[] {
  return faults([
    [isOneSentence(description), 'a description is one line without a full stop at the end'],
    [notes.trim() !== '', 'notes are not empty'],
    [exampleQuery.includes(name), 'the example query asks for the metric itself'],
  ]);
}

function labelFaults(
  key: string,
  { name, description, values, declared }: LabelDefinition,
): readonly string[] {
  return faults([
    [NAME.test(name), 'a label is snake_case and does not start with an underscore'],
    [!RESERVED_LABELS.includes(name), `${RESERVED_LABELS.join(', ')} belong to Prometheus`],
    [key === name, `its name is "${name}": key and name are the same`],
    [isOneSentence(description), 'a description is one line without a full stop at the end'],
    [values.every((value) => value.trim() !== ''), 'a value is not empty: Prometheus drops empty labels'],
    [new Set(values).size === values.length, 'a value is listed once'],
    [
      (values.length > 1 || declared !== undefined) && values.at(-1) === UNKNOWN,
      `the last value is "${UNKNOWN}", after all others`,
    ],
    [
      declared === undefined ||
        (Number.isInteger(declared.limit) && declared.limit >= 1 && declared.limit <= DECLARED_LIMIT),
      `a deployment declares 1 to ${DECLARED_LIMIT} values`,
    ],
  ]);
}

function dependentLabelFaults(family: MetricFamily): readonly string[] {
  return family.dependentLabels.flatMap(({ labels, sets }) =>
    faults([
      [
        sets.every((set) => labels.every((label) => family.labels[label]?.values.includes(set[label] ?? ''))),
        `a set of ${labels.join(', ')} holds a value that its label does not allow`,
      ],
      [
        sets.some((set) => labels.every((label) => set[label] === UNKNOWN)),
        `the sets of ${labels.join(', ')} miss the one that is ${UNKNOWN} throughout`,
      ],
      [
        new Set(sets.map((set) => JSON.stringify(labels.map((label) => set[label])))).size === sets.length,
        `a set of ${labels.join(', ')} is listed once`,
      ],
    ]),
  );
}

function isOneSentence(text: string): boolean {
  return text.trim() !== '' && !text.includes('\n') && !text.endsWith('.');
}

function faults(rules: readonly (readonly [holds: boolean, rule: string])[]): readonly string[] {
  return rules.filter(([holds]) => !holds).map(([, rule]) => rule);
}
