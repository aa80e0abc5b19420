/** What a program that is scraped has counted: totals that continue where an earlier one ended. */
import type { FamilySnapshot, SeriesSnapshot } from '@ephemetry/receiver';
import type { Attributes } from '@opentelemetry/api';

/** One metric as it is declared on the meter. */
export interface ScrapedMetric {
  readonly name: string;
  readonly description: string;
  readonly type: FamilySnapshot['type'];
  /** Of a histogram. */
  readonly bounds: readonly number[];
}

/** A histogram's total; `counts` one a bucket, not cumulative. */
export interface HistogramTotal {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counters and histograms by name and labels. Gauges are not kept: they are measured anew. */
export interface KeptTotals {
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly histograms: Readonly<Record<string, Readonly<Record<string, HistogramTotal>>>>;
}

/** Nothing was counted before. */
export const NO_TOTALS: KeptTotals = { counters: {}, histograms: {} };

/** Reads what was written as JSON; undefined when it is something else. */
export function parseTotals(text: string): KeptTotals | undefined {
  const value = parsed(text);
  if (!isRecordOf(value, isTable)) return undefined;
  const { counters, histograms } = value;
  if (!isSeries(counters, isCount) || !isSeries(histograms, isHistogram)) return undefined;
  return { counters, histograms };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Check<Value> = (value: unknown) => value is Value;

function isRecordOf<Value>(value: unknown, isValue: Check<Value>): value is Readonly<Record<string, Value>> {
  return isTable(value) && Object.values(value).every(isValue);
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSeries<Value>(
  value: unknown,
  isValue: Check<Value>,
): value is Readonly<Record<string, Readonly<Record<string, Value>>>> {
  const isOfLabels = (each: unknown): each is Readonly<Record<string, Value>> =>
    isRecordOf(each, isValue) && Object.keys(each).every(isKey);
  return isRecordOf(value, isOfLabels);
}

/** Whether it is a {@link keyOf}. */
function isKey(key: string): boolean {
  const labels = parsed(key);
  const isText = (each: unknown): boolean => typeof each === 'string';
  const isLabel = (each: unknown): boolean => Array.isArray(each) && each.length === 2 && each.every(isText);
  return Array.isArray(labels) && labels.every(isLabel);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function isHistogram(value: unknown): value is HistogramTotal {
  if (!isTable(value) || !('bounds' in value && 'counts' in value && 'sum' in value)) return false;
  const { bounds, counts, sum } = value;
  const areNumbers = Array.isArray(bounds) && bounds.every((bound) => typeof bound === 'number');
  const isWhole = (count: unknown): boolean => Number.isSafeInteger(count) && isCount(count);
  const areCounts = Array.isArray(counts) && counts.every(isWhole);
  return areNumbers && areCounts && counts.length === bounds.length + 1 && typeof sum === 'number';
}

/** One text for each set of labels, whatever their order. */
export function keyOf(attributes: Attributes): string {
  const labels = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return JSON.stringify(labels.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** The labels of a {@link keyOf}. */
export function labelsOf(key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(JSON.parse(key));
}

/** A counter as it is shown. */
export function counterFamily(metric: ScrapedMetric, totals: ReadonlyMap<string, number>): FamilySnapshot {
  return family(metric, totals, (value) => ({ kind: 'number', value }));
}

/** A histogram as it is shown. */
export function histogramFamily(
  metric: ScrapedMetric,
  totals: ReadonlyMap<string, HistogramTotal>,
): FamilySnapshot {
  return family(metric, totals, ({ bounds, counts, sum }) => {
    const big = counts.map(BigInt);
    return { kind: 'histogram', bounds, counts: big, count: big.reduce((all, each) => all + each, 0n), sum };
  });
}

/** A value more in its bucket. */
export function withValue(total: HistogramTotal, value: number): HistogramTotal {
  const at = total.bounds.findIndex((bound) => value <= bound);
  const bucket = at === -1 ? total.bounds.length : at;
  return {
    bounds: total.bounds,
    counts: total.counts.map((count, index) => (index === bucket ? count + 1 : count)),
    sum: total.sum + value,
  };
}

function family<Total>(
  { name, description, type }: ScrapedMetric,
  totals: ReadonlyMap<string, Total>,
  shownAs: (total: Total) => SeriesSnapshot['value'],
): FamilySnapshot {
  const keys = [...totals.keys()].sort();
  const series = keys.flatMap((key): SeriesSnapshot[] => {
    const total = totals.get(key);
    return total === undefined ? [] : [{ labels: JSON.parse(key), value: shownAs(total) }];
  });
  return { name, description, type, series };
}
