/** Prometheus's text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
import type { FamilySnapshot } from './family-totals.ts';
import type { SeriesLabels } from './prometheus-labels.ts';
import type { SeriesValue } from './series.ts';

/** The media type of {@link prometheusText}. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics as Prometheus scrapes them. */
export function prometheusText(families: Iterable<FamilySnapshot>): string {
  return [...prometheusLines(families)].join('');
}

/** The same, line by line: all of it can be far more than the memory it comes from. */
export function* prometheusLines(families: Iterable<FamilySnapshot>): Generator<string> {
  for (const { name, description, type, series } of families) {
    if (description !== '') yield `# HELP ${name} ${escapeHelp(description)}\n`;
    yield `# TYPE ${name} ${type}\n`;
    for (const { labels, value } of series) yield* seriesLines(name, labels, value);
  }
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

function* seriesLines(name: string, labels: SeriesLabels, value: SeriesValue): Generator<string> {
  if (value.kind === 'number') {
    yield `${seriesText(name, labels)} ${numberText(value.value)}\n`;
    return;
  }
  const { bounds, counts, count, sum } = value;
  let below = 0n;
  for (const [index, bound] of bounds.entries()) {
    below += counts[index] ?? 0n;
    yield `${bucketText(name, labels, numberText(bound))} ${below}\n`;
  }
  yield `${bucketText(name, labels, '+Inf')} ${count}\n`;
  if (sum !== undefined) yield `${seriesText(`${name}_sum`, labels)} ${numberText(sum)}\n`;
  yield `${seriesText(`${name}_count`, labels)} ${count}\n`;
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
