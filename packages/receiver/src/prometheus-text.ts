/** Prometheus's text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
import type { FamilySnapshot } from './metric-family.ts';
import type { SeriesLabels } from './prometheus-labels.ts';
import type { SeriesValue } from './series.ts';

/** The media type of {@link prometheusText}. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics as Prometheus scrapes them. */
export function prometheusText(families: readonly FamilySnapshot[]): string {
  return families.map(familyText).join('');
}

/** One series as it is written in the text format: `name{label="value"}`. */
export function seriesText(name: string, labels: SeriesLabels): string {
  if (labels.length === 0) return name;
  return `${name}{${labels.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',')}}`;
}

/** A number of the text format: `+Inf`, `-Inf`, `NaN` and the shortest decimal of all others. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function familyText({ name, description, type, series }: FamilySnapshot): string {
  const help = description === '' ? '' : `# HELP ${name} ${escapeHelp(description)}\n`;
  const lines = series.flatMap(({ labels, value }) => seriesLines(name, labels, value));
  return `${help}# TYPE ${name} ${type}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function seriesLines(name: string, labels: SeriesLabels, value: SeriesValue): readonly string[] {
  if (value.kind === 'number') return [`${seriesText(name, labels)} ${numberText(value.value)}`];
  const { bounds, counts, count, sum } = value;
  let below = 0n;
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0n;
    return `${bucketText(name, labels, numberText(bound))} ${below}`;
  });
  return [
    ...buckets,
    `${bucketText(name, labels, '+Inf')} ${count}`,
    ...(sum === undefined ? [] : [`${seriesText(`${name}_sum`, labels)} ${numberText(sum)}`]),
    `${seriesText(`${name}_count`, labels)} ${count}`,
  ];
}

function bucketText(name: string, labels: SeriesLabels, le: string): string {
  return seriesText(`${name}_bucket`, [...labels, ['le', le]]);
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replace(/"/g, '\\"');
}
