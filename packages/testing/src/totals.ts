import type { Batch } from './batch.ts';
import type { CounterPoint, DataPoint, GaugePoint, HistogramPoint } from './data-point.ts';
import { exactNumber, ReferenceSum } from './reference-sum.ts';

/** Metric name, then canonical label string (`''` without labels), then the value. */
export type Series<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/** All deltas of one label set, merged. `min` and `max` are there when every merged point had them. */
export interface HistogramTotal {
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
  readonly min?: number;
  readonly max?: number;
}

/** What a set of batches says, each identity counted once. */
export interface Totals {
  /** Sums of deltas. */
  readonly counters: Series<number>;
  /** The value of the latest `timeUnixNano`; of equals, the later one in the list. */
  readonly gauges: Series<number>;
  readonly histograms: Series<HistogramTotal>;
  /** Batches counted. */
  readonly batches: number;
  /** Batches dropped because their run id and sequence were there before. */
  readonly duplicates: number;
  /** Duplicates whose content differs from the first: the promise that batches never change is broken. */
  readonly conflicts: number;
  /** Batches counted although run id or sequence is missing, so nobody can tell whether they are duplicates. */
  readonly unidentified: number;
}

type Point<P extends DataPoint> = Map<string, Map<string, P[]>>;

/**
 * Merges batches exactly, in any order, dropping duplicates by identity: resource attributes
 * `service.instance.id` and `ephemetry.batch.sequence`.
 *
 * @throws {Error} when points of one series have different bounds, {RangeError} when a sum is not exact.
 * @example
 * await using receiver = await startReceiver();
 * const spoolText = '';
 * totalsOf([...receiver.batches, ...readLines(spoolText).batches]); // what arrived, and what still waits
 */
export function totalsOf(batches: Iterable<Batch>): Totals {
  const { kept, ...counts } = dropDuplicates(batches);
  const counters: Point<CounterPoint> = new Map();
  const gauges: Point<GaugePoint> = new Map();
  const histograms: Point<HistogramPoint> = new Map();
  for (const point of kept.flatMap((batch) => batch.points)) {
    if (point.kind === 'counter') file(counters, point);
    else if (point.kind === 'gauge') file(gauges, point);
    else file(histograms, point);
  }
  return {
    counters: mergeEach(counters, (points) => sumOf(points.map((point) => point.value))),
    gauges: mergeEach(gauges, latestOf),
    histograms: mergeEach(histograms, mergeHistograms),
    batches: kept.length,
    ...counts,
  };
}

interface Sorted {
  readonly kept: readonly Batch[];
  readonly duplicates: number;
  readonly conflicts: number;
  readonly unidentified: number;
}

function dropDuplicates(batches: Iterable<Batch>): Sorted {
  const seen = new Map<string, string>();
  const kept: Batch[] = [];
  let duplicates = 0;
  let conflicts = 0;
  let unidentified = 0;
  for (const batch of batches) {
    const isIdentified = batch.runId !== undefined && batch.sequence !== undefined;
    const identity = `${batch.sequence} ${batch.runId}`;
    const before = isIdentified ? seen.get(identity) : undefined;
    if (before === undefined) kept.push(batch);
    else duplicates += 1;
    if (before !== undefined && before !== batch.fingerprint) conflicts += 1;
    if (!isIdentified) unidentified += 1;
    else if (before === undefined) seen.set(identity, batch.fingerprint);
  }
  return { kept, duplicates, conflicts, unidentified };
}

function file<P extends DataPoint>(points: Point<P>, point: P): void {
  const ofMetric = points.get(point.metric) ?? new Map<string, P[]>();
  points.set(point.metric, ofMetric);
  const ofLabels = ofMetric.get(point.labels) ?? [];
  ofMetric.set(point.labels, ofLabels);
  ofLabels.push(point);
}

function mergeEach<P extends DataPoint, Value>(
  points: Point<P>,
  merge: (points: P[]) => Value,
): Series<Value> {
  const metrics = [...points].map(([metric, ofMetric]): [string, Record<string, Value>] => [
    metric,
    Object.fromEntries([...ofMetric].map(([labels, each]): [string, Value] => [labels, merge(each)])),
  ]);
  return Object.fromEntries(metrics);
}

function sumOf(values: readonly (bigint | number)[]): number {
  const sum = new ReferenceSum();
  for (const value of values) sum.add(value);
  return sum.value();
}

function latestOf(points: readonly GaugePoint[]): number {
  const latest = points.reduce((best, point) => (point.timeUnixNano >= best.timeUnixNano ? point : best));
  return latest.value;
}

function mergeHistograms(points: readonly HistogramPoint[]): HistogramTotal {
  const [first] = points;
  const bounds = first?.bounds ?? [];
  for (const point of points) {
    if (String(point.bounds) === String(bounds)) continue;
    throw new Error(
      `${point.metric}{${point.labels}} has bounds [${bounds}] in one batch, [${point.bounds}] in another`,
    );
  }
  const mins = points.flatMap((point) => point.min ?? []);
  const maxs = points.flatMap((point) => point.max ?? []);
  return {
    count: sumOf(points.map((point) => point.count)),
    sum: sumOf(points.map((point) => point.sum)),
    bounds,
    buckets: (first?.buckets ?? []).map((_, index) =>
      exactNumber(points.reduce((sum, point) => sum + (point.buckets[index] ?? 0n), 0n)),
    ),
    ...(mins.length === points.length ? { min: Math.min(...mins) } : {}),
    ...(maxs.length === points.length ? { max: Math.max(...maxs) } : {}),
  };
}
