import type { Totals } from './expected-totals.ts';
import { labelText } from './expected-totals.ts';

const SAMPLE = /^(?<name>[a-z_]+)\{(?<labels>[^}]*)\} (?<value>\S+)$/;
const LABEL = /(?<name>[a-z_]+)="(?<value>[^"]*)"/g;
/** What the demo compares: fab's own labels, not those that say which job or scope a series came from. */
const FAB_LABELS = new Set([
  'role',
  'phase',
  'group',
  'result',
  'direction',
  'outcome',
  'profile',
  'decision',
]);

/** fab's series in Prometheus text, as {@link Totals}; a histogram is its count, and series at 0 are left out. */
export function prometheusTotals(text: string): Totals {
  const totals = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    const { name, labels, value } = SAMPLE.exec(line)?.groups ?? {};
    if (name === undefined || labels === undefined || !isCompared(name) || Number(value) === 0) continue;
    const metric = name.replace(/_count$/, '');
    const series = totals.get(metric) ?? new Map<string, number>();
    totals.set(metric, series);
    const key = labelText(fabLabels(labels));
    series.set(key, (series.get(key) ?? 0) + Number(value));
  }
  return Object.fromEntries([...totals].map(([name, series]) => [name, Object.fromEntries(series)]));
}

function isCompared(name: string): boolean {
  return name.startsWith('fab_') && !name.endsWith('_bucket') && !name.endsWith('_sum');
}

function fabLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(({ groups }) => [
    groups?.['name'] ?? '',
    groups?.['value'] ?? '',
  ]);
  return Object.fromEntries(pairs.filter(([name]) => FAB_LABELS.has(name ?? '')));
}
