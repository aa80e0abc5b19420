/** The running total of one series: what a metric and its labels have come to. */
import { ExactSum } from './exact-sum.ts';
import { cumulativeKey, isNewer, LatestPoints, type Timed } from './latest-points.ts';
import type { GaugePoint, HistogramPoint, ReceivedPoint, SumPoint } from './received-batch.ts';

/** A total at one moment. */
export type SeriesValue =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      /** One a bucket, not cumulative. */
      readonly counts: readonly bigint[];
      readonly count: bigint;
      /** Undefined when a sender did not know it: part of a sum is not a sum. */
      readonly sum: number | undefined;
    };

/** Deltas are added; of cumulative streams the newest point counts, summed over the streams. */
export interface Series<Point extends ReceivedPoint> {
  /** Whether taking the point would make one more stream to remember. */
  isNewStream(point: Point): boolean;
  add(point: Point): void;
  value(): SeriesValue;
}

export class SumSeries implements Series<SumPoint> {
  readonly #deltas: ExactSum = new ExactSum();
  #streams: LatestPoints<number | bigint> | undefined;

  isNewStream(point: SumPoint): boolean {
    return point.temporality === 'cumulative' && this.#streams?.has(cumulativeKey(point)) !== true;
  }

  add(point: SumPoint): void {
    if (point.temporality === 'delta') {
      this.#deltas.add(point.value);
      return;
    }
    this.#streams ??= new LatestPoints((a, b) => Number(a) - Number(b));
    this.#streams.add(cumulativeKey(point), timed(point, point.value));
  }

  value(): SeriesValue {
    const sum = this.#deltas.copy();
    for (const value of this.#streams?.values() ?? []) sum.add(value);
    return { kind: 'number', value: sum.value() };
  }
}

/** The newest value, whoever sent it: gauges of several senders have no common total. */
export class GaugeSeries implements Series<GaugePoint> {
  #latest: Timed<number> | undefined;

  isNewStream(): boolean {
    return false;
  }

  add({ timeUnixNano, value }: GaugePoint): void {
    // Start times say nothing about a gauge.
    const point = { startUnixNano: 0n, timeUnixNano, value };
    if (this.#latest === undefined || isNewer(point, this.#latest, compareGauges)) this.#latest = point;
  }

  /** Whether nothing was measured since then. */
  isBefore(unixNano: bigint): boolean {
    return this.#latest === undefined || this.#latest.timeUnixNano < unixNano;
  }

  value(): SeriesValue {
    return { kind: 'number', value: this.#latest?.value ?? Number.NaN };
  }
}

/** Of two at the same time one that has a value stays. */
function compareGauges(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a - b;
}

type Buckets = Pick<HistogramPoint, 'counts' | 'count' | 'sum'>;

export class HistogramSeries implements Series<HistogramPoint> {
  readonly #bounds: readonly number[];
  readonly #deltas: HistogramSum;
  #streams: LatestPoints<Buckets> | undefined;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#deltas = new HistogramSum(bounds.length + 1);
  }

  isNewStream(point: HistogramPoint): boolean {
    return point.temporality === 'cumulative' && this.#streams?.has(cumulativeKey(point)) !== true;
  }

  add(point: HistogramPoint): void {
    if (point.temporality === 'delta') {
      this.#deltas.add(point);
      return;
    }
    this.#streams ??= new LatestPoints(compareBuckets);
    const { counts, count, sum } = point;
    this.#streams.add(cumulativeKey(point), timed(point, { counts, count, sum }));
  }

  value(): SeriesValue {
    const total = this.#deltas.copy();
    for (const buckets of this.#streams?.values() ?? []) total.add(buckets);
    return { kind: 'histogram', bounds: this.#bounds, ...total.value() };
  }
}

function compareBuckets(a: Buckets, b: Buckets): number {
  const difference = Number(a.count - b.count) || (a.sum ?? 0) - (b.sum ?? 0);
  if (difference !== 0) return difference;
  const index = a.counts.findIndex((count, bucket) => count !== b.counts[bucket]);
  return index < 0 ? 0 : Number((a.counts[index] ?? 0n) - (b.counts[index] ?? 0n));
}

class HistogramSum {
  readonly #counts: bigint[];
  #sum: ExactSum = new ExactSum();
  #isSumKnown = true;

  constructor(buckets: number) {
    this.#counts = Array.from({ length: buckets }, () => 0n);
  }

  add({ counts, sum, count }: Buckets): void {
    for (const [index, each] of counts.entries())
      if (each !== 0n) this.#counts[index] = (this.#counts[index] ?? 0n) + each;
    if (sum !== undefined) this.#sum.add(sum);
    // Without measurements there is no sum to know.
    else if (count > 0n) this.#isSumKnown = false;
  }

  copy(): HistogramSum {
    const copy = new HistogramSum(0);
    for (const each of this.#counts) copy.#counts.push(each);
    copy.#sum = this.#sum.copy();
    copy.#isSumKnown = this.#isSumKnown;
    return copy;
  }

  value(): { readonly counts: readonly bigint[]; readonly count: bigint; readonly sum: number | undefined } {
    const count = this.#counts.reduce((total, each) => total + each, 0n);
    return { counts: this.#counts, count, sum: this.#isSumKnown ? this.#sum.value() : undefined };
  }
}

function timed<Value>(point: ReceivedPoint, value: Value): Timed<Value> {
  return { startUnixNano: point.startUnixNano, timeUnixNano: point.timeUnixNano, value };
}
