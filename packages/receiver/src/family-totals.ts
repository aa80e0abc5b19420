/** All series of one shown name and one kind. */
import { compareText, labelsOf, type SeriesLabels } from './prometheus-labels.ts';
import type { HistogramPoint, ReceivedPoint, SumPoint } from './received-batch.ts';
import { GaugeSeries, HistogramSeries, type Series, type SeriesValue, SumSeries } from './series.ts';

/** What a metric has come to, as it is shown. */
export interface FamilySnapshot {
  readonly name: string;
  /** Empty when no sender described it. */
  readonly description: string;
  /** Prometheus's type. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Sorted by their labels; made one after the other, while they are read. */
  readonly series: Iterable<SeriesSnapshot>;
}

/** One series of a metric. */
export interface SeriesSnapshot {
  readonly labels: SeriesLabels;
  readonly value: SeriesValue;
}

/** What a point takes up, or would. */
export interface Space {
  readonly series: number;
  readonly streams: number;
  readonly bytes: number;
}

type Content =
  | { readonly kind: 'counter' | 'updown'; readonly series: Map<string, Series<SumPoint>> }
  | { readonly kind: 'gauge'; readonly series: Map<string, GaugeSeries> }
  | {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly series: Map<string, Series<HistogramPoint>>;
    };

/** Measured with Node 24, rounded up. */
const FAMILY_BYTES = 512;
const SERIES_BYTES = 224;
const STREAM_BYTES = 320;
const BUCKET_BYTES = 40;
/** A character may take two bytes. */
const CHARACTER_BYTES = 2;

export class FamilyTotals {
  readonly name: string;
  /** What it takes up without a series. */
  readonly bytes: number;
  readonly #content: Content;
  #description = '';

  /** A family that the point fits into. */
  constructor(name: string, point: ReceivedPoint) {
    this.name = name;
    this.bytes = emptyFamilyBytes(name, point);
    this.#content = emptyContent(point);
  }

  get kind(): ReceivedPoint['kind'] {
    return this.#content.kind;
  }

  /** Whether the point can be merged into this family: its kind is the same, and its bounds are. */
  fits(point: ReceivedPoint): boolean {
    const content = this.#content;
    if (point.kind !== content.kind) return false;
    return point.kind !== 'histogram' || content.kind !== 'histogram' || hasBounds(point, content.bounds);
  }

  /** What a point that fits would take up beside what is there. */
  spaceFor(point: ReceivedPoint): Space {
    const series: Series<never> | undefined = this.#content.series.get(point.labelsKey);
    const isNewSeries = series === undefined ? 1 : 0;
    const isNewStream = this.#isNewStream(point) ? 1 : 0;
    // Each bucket is shown with all labels: what is read from here must be bounded too.
    const bytesOfBucket = BUCKET_BYTES + point.labelsKey.length;
    const buckets = point.kind === 'histogram' ? (point.bounds.length + 1) * bytesOfBucket : 0;
    const bytes =
      isNewSeries * (SERIES_BYTES + buckets + CHARACTER_BYTES * point.labelsKey.length) +
      isNewStream * (STREAM_BYTES + buckets);
    return { series: isNewSeries, streams: isNewStream, bytes };
  }

  /** Merges a point that fits. */
  add(point: ReceivedPoint): void {
    const content = this.#content;
    if (content.kind === 'gauge' && point.kind === 'gauge')
      addTo(content.series, point, () => new GaugeSeries());
    else if (content.kind === 'histogram' && point.kind === 'histogram')
      addTo(content.series, point, () => new HistogramSeries(content.bounds));
    else if ((content.kind === 'counter' || content.kind === 'updown') && point.kind === content.kind)
      addTo(content.series, point, () => new SumSeries());
    this.#describe(point.metric.description);
  }

  /** Leaves out the series of a gauge that were measured before this; returns the space that they took up. */
  forgetBefore(unixNano: bigint): Space {
    const forgotten = { series: 0, streams: 0, bytes: 0 };
    if (this.#content.kind !== 'gauge') return forgotten;
    const { series } = this.#content;
    for (const [labelsKey, each] of series) {
      if (!each.isBefore(unixNano)) continue;
      series.delete(labelsKey);
      forgotten.series += 1;
      forgotten.bytes += SERIES_BYTES + CHARACTER_BYTES * labelsKey.length;
    }
    return forgotten;
  }

  get isEmpty(): boolean {
    return this.#content.series.size === 0;
  }

  snapshot(): FamilySnapshot {
    const { kind } = this.#content;
    return {
      name: this.name,
      description: this.#description,
      type: kind === 'updown' ? 'gauge' : kind,
      series: this.#series(),
    };
  }

  *#series(): Generator<SeriesSnapshot> {
    const all: ReadonlyMap<string, Pick<Series<never>, 'value'>> = this.#content.series;
    for (const key of [...all.keys()].toSorted(compareText)) {
      const value = all.get(key)?.value();
      if (value !== undefined && !isEnded(value)) yield { labels: labelsOf(key), value };
    }
  }

  #isNewStream(point: ReceivedPoint): boolean {
    if (point.kind === 'gauge' || point.temporality === 'delta') return false;
    const content = this.#content;
    if (content.kind === 'histogram' && point.kind === 'histogram')
      return content.series.get(point.labelsKey)?.isNewStream(point) ?? true;
    if ((content.kind === 'counter' || content.kind === 'updown') && point.kind === content.kind)
      return content.series.get(point.labelsKey)?.isNewStream(point) ?? true;
    return false;
  }

  /** The greatest of several, so that their order does not matter. */
  #describe(description: string): void {
    if (compareText(description, this.#description) > 0) this.#description = description;
  }
}

/** A gauge that has no value any more: remembered, so that no older one that comes late is shown. */
function isEnded(value: SeriesValue): boolean {
  return value.kind === 'number' && Number.isNaN(value.value);
}

function emptyFamilyBytes(name: string, point: ReceivedPoint): number {
  const bounds = point.kind === 'histogram' ? point.bounds.length : 0;
  return FAMILY_BYTES + CHARACTER_BYTES * (name.length + point.metric.description.length) + 8 * bounds;
}

function emptyContent(point: ReceivedPoint): Content {
  switch (point.kind) {
    case 'counter':
    case 'updown':
      return { kind: point.kind, series: new Map() };
    case 'gauge':
      return { kind: 'gauge', series: new Map() };
    case 'histogram':
      return { kind: 'histogram', bounds: point.bounds, series: new Map() };
  }
}

function addTo<Point extends ReceivedPoint, Kind extends Series<Point>>(
  all: Map<string, Kind>,
  point: Point,
  create: () => Kind,
): void {
  const known = all.get(point.labelsKey);
  const series = known ?? create();
  series.add(point);
  if (known === undefined) all.set(point.labelsKey, series);
}

function hasBounds(point: HistogramPoint, bounds: readonly number[]): boolean {
  return (
    point.bounds.length === bounds.length && bounds.every((bound, index) => bound === point.bounds[index])
  );
}
