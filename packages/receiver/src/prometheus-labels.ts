/** From OTLP's names and attributes to Prometheus's, as its OTLP endpoint translates them. */
import type { AnyValue, KeyValue } from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';

/** Labels of one series, sorted by name; no name twice, no empty value. */
export type SeriesLabels = readonly (readonly [name: string, value: string])[];

/** Names that the exposition uses itself, or that a scrape sets. */
const RESERVED: ReadonlySet<string> = new Set(['instance', 'job', 'le', 'quantile']);

/**
 * A metric name that the text format can hold: anything else becomes `_`. Nothing is appended; senders
 * name their metrics in full (`fab_tokens_total`).
 */
export function prometheusMetricName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=[0-9])/, '_');
}

/**
 * The labels of a data point. Names that become equal share one label, their values joined by `;` in the
 * order of the original names: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 *
 * @param job `service.namespace/service.name` of the resource, becomes the label `job`
 */
export function prometheusLabels(attributes: readonly KeyValue[], job: string | undefined): SeriesLabels {
  const values = new Map<string, string[]>();
  for (const { key, value } of attributes.toSorted((a, b) => compareText(a.key, b.key))) {
    const name = labelName(key);
    const texts = values.get(name);
    if (texts === undefined) values.set(name, [attributeText(value)]);
    else texts.push(attributeText(value));
  }
  if (job !== undefined) values.set('job', [job]);
  return [...values]
    .map(([name, texts]) => [name, texts.join(';')] as const)
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => compareText(a, b));
}

/** One text for each set of labels: what is remembered of a series. */
export function labelsKey(labels: SeriesLabels): string {
  return JSON.stringify(labels);
}

/** The labels of a {@link labelsKey}. */
export function labelsOf(key: string): SeriesLabels {
  return JSON.parse(key);
}

/** An attribute's value as text: strings as they are, all else as JSON. */
export function attributeText(value: AnyValue | undefined): string {
  const plain = plainValue(value);
  if (plain === undefined || plain === null) return '';
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** By code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
  return RESERVED.has(name) || name.startsWith('__') || name === '' ? `exported_${name}` : name;
}

type Plain = string | number | boolean | null | undefined | Plain[] | { [key: string]: Plain };

function plainValue(value: AnyValue | undefined): Plain {
  const content = value?.value;
  switch (content?.case) {
    case 'intValue':
      return Number.isSafeInteger(Number(content.value)) ? Number(content.value) : String(content.value);
    case 'doubleValue':
      return Number.isFinite(content.value) ? content.value : String(content.value);
    case 'bytesValue':
      return Buffer.from(content.value).toString('base64');
    case 'arrayValue':
      return content.value.values.map((each) => plainValue(each) ?? null);
    case 'kvlistValue':
      return Object.fromEntries(
        content.value.values.map(({ key, value: each }) => [key, plainValue(each) ?? null]),
      );
    case 'stringValue':
    case 'boolValue':
      return content.value;
    default:
      return undefined;
  }
}
