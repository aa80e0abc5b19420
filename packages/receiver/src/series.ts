/** The running total of one series: what a metric and its labels have come to. */
import { ExactSum } from './exact-sum.ts';
import { cumulativeKey, LatestPoints } from './latest-points.ts';
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
  readonly #streams: LatestPoints<SumPoint> = new LatestPoints((a, b) => Number(a.value) - Number(b.value));

  isNewStream(point: SumPoint): boolean {
    return point.temporality === 'cumulative' && !this.#streams.has(cumulativeKey(point));
  }

  add(point: SumPoint): void {
    if (point.temporality === 'delta') this.#deltas.add(point.value);
    else this.#streams.add(cumulativeKey(point), point);
  }

  value(): SeriesValue {
    const sum = this.#deltas.copy();
    for (const { value } of this.#streams.values()) sum.add(value);
    return { kind: 'number', value: sum.value() };
  }
}

/** The newest value, whoever sent it: gauges of several senders have no common total. */
export class GaugeSeries implements Series<GaugePoint> {
  /** Start times say nothing about a gauge. */
  readonly #latest: LatestPoints<GaugePoint> = new LatestPoints((a, b) => compareNumbers(a.value, b.value));

  isNewStream(): boolean {
    return false;
  }

  add(point: GaugePoint): void {
    this.#latest.add('', { ...point, startUnixNano: 0n });
  }

  value(): SeriesValue {
    const [latest] = this.#latest.values();
    return { kind: 'number', value: latest?.value ?? Number.NaN };
  }
}

export class HistogramSeries implements Series<HistogramPoint> {
  readonly #bounds: readonly number[];
  readonly #deltas: HistogramSum;
  readonly #streams: LatestPoints<HistogramPoint> = new LatestPoints(
    (a, b) => Number(a.count - b.count) || compareNumbers(a.sum ?? 0, b.sum ?? 0),
  );

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#deltas = new HistogramSum(bounds.length + 1);
  }

  isNewStream(point: HistogramPoint): boolean {
    return point.temporality === 'cumulative' && !this.#streams.has(cumulativeKey(point));
  }

  add(point: HistogramPoint): void {
    if (point.temporality === 'delta') this.#deltas.add(point);
    else this.#streams.add(cumulativeKey(point), point);
  }

  value(): SeriesValue {
    const total = this.#deltas.copy();
    for (const point of this.#streams.values()) total.add(point);
    return { kind: 'histogram', bounds: this.#bounds, ...total.value() };
  }
}

class HistogramSum {
  #counts: readonly bigint[];
  #sum: ExactSum = new ExactSum();
  #isSumKnown = true;

  constructor(buckets: number) {
    this.#counts = Array.from({ length: buckets }, () => 0n);
  }

  add({ counts, sum, count }: HistogramPoint): void {
    this.#counts = this.#counts.map((known, index) => known + (counts[index] ?? 0n));
    if (sum !== undefined) this.#sum.add(sum);
    // Without measurements there is no sum to know.
    else if (count > 0n) this.#isSumKnown = false;
  }

  copy(): HistogramSum {
    const copy = new HistogramSum(this.#counts.length);
    copy.#counts = this.#counts;
    copy.#sum = this.#sum.copy();
    copy.#isSumKnown = this.#isSumKnown;
    return copy;
  }

  value(): { readonly counts: readonly bigint[]; readonly count: bigint; readonly sum: number | undefined } {
    const count = this.#counts.reduce((total, each) => total + each, 0n);
    return { counts: this.#counts, count, sum: this.#isSumKnown ? this.#sum.value() : undefined };
  }
}

/** NaN below every number: the newest value of two at the same time should be one that says something. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  if (a === b) return 0;
  return a > b ? 1 : -1;
}
