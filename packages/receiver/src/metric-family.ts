/** All series of one metric name. What a name means is fixed by the first point under it. */
import { compareText, type SeriesLabels } from './prometheus-labels.ts';
import type { GaugePoint, HistogramPoint, ReceivedPoint, RefusalReason, SumPoint } from './received-batch.ts';
import { GaugeSeries, HistogramSeries, type Series, type SeriesValue, SumSeries } from './series.ts';

/** What a metric has come to, as it is shown. */
export interface FamilySnapshot {
  readonly name: string;
  /** Empty when no sender described it. */
  readonly description: string;
  /** Prometheus's type. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Sorted by their labels. */
  readonly series: readonly { readonly labels: SeriesLabels; readonly value: SeriesValue }[];
}

/** Why a point does not fit into a family. */
interface Misfit {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What {@link MetricFamily.take} may still add. */
export interface Room {
  readonly series: number;
  readonly streams: number;
}

/** What a point added, or why it was not taken. */
export type Taken =
  | { readonly kind: 'taken'; readonly series: number; readonly streams: number }
  | (Misfit & { readonly kind: 'misfit' });

type Content =
  | { readonly kind: 'counter' | 'updown'; readonly series: Map<string, Labelled<SumPoint>> }
  | { readonly kind: 'gauge'; readonly series: Map<string, Labelled<GaugePoint>> }
  | {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly series: Map<string, Labelled<HistogramPoint>>;
    };

interface Labelled<Point extends ReceivedPoint> {
  readonly labels: SeriesLabels;
  readonly total: Series<Point>;
}

export class MetricFamily {
  readonly #name: string;
  readonly #otlpName: string;
  readonly #content: Content;
  #description = '';

  /** A family that the point fits into. */
  constructor(point: ReceivedPoint) {
    this.#name = point.metric.name;
    this.#otlpName = point.metric.otlpName;
    this.#content = emptyContent(point);
  }

  isHistogram(): boolean {
    return this.#content.kind === 'histogram';
  }

  /** Merges a point, or says why it does not fit. */
  take(point: ReceivedPoint, room: Room): Taken {
    if (point.metric.otlpName !== this.#otlpName)
      return misfit(
        'name_collision',
        `${point.metric.otlpName} would be shown as ${this.#name}, which is taken by ${this.#otlpName}`,
      );
    const taken = this.#merge(point, room);
    if (taken.kind === 'taken') this.#describe(point.metric.description);
    return taken;
  }

  snapshot(): FamilySnapshot {
    const content = this.#content;
    const series = [...content.series.entries()].toSorted(([a], [b]) => compareText(a, b));
    return {
      name: this.#name,
      description: this.#description,
      type: content.kind === 'updown' ? 'gauge' : content.kind,
      series: series.map(([, { labels, total }]) => ({ labels, value: total.value() })),
    };
  }

  #merge(point: ReceivedPoint, room: Room): Taken {
    const content = this.#content;
    switch (content.kind) {
      case 'counter':
      case 'updown':
        if (point.kind !== content.kind) break;
        return mergeInto(content.series, point, room, () => new SumSeries());
      case 'gauge':
        if (point.kind !== 'gauge') break;
        return mergeInto(content.series, point, room, () => new GaugeSeries());
      case 'histogram':
        if (point.kind !== 'histogram') break;
        if (!hasBounds(point, content.bounds))
          return misfit(
            'different_bounds',
            `${this.#name}: the bounds ${point.bounds.join(', ')} cannot be merged with ${content.bounds.join(', ')}, which came first; a metric keeps its bounds, give the new ones a new name`,
          );
        return mergeInto(content.series, point, room, () => new HistogramSeries(content.bounds));
    }
    return misfit(
      'type_conflict',
      `${this.#name}: a ${KINDS[point.kind]} cannot be merged into what was a ${KINDS[content.kind]} first`,
    );
  }

  /** The greatest of several, so that their order does not matter. */
  #describe(description: string): void {
    if (compareText(description, this.#description) > 0) this.#description = description;
  }
}

const KINDS = {
  counter: 'monotonic sum',
  updown: 'sum that goes up and down',
  gauge: 'gauge',
  histogram: 'histogram',
} as const;

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

function mergeInto<Point extends ReceivedPoint>(
  series: Map<string, Labelled<Point>>,
  point: Point,
  room: Room,
  createTotal: () => Series<Point>,
): Taken {
  const key = JSON.stringify(point.labels);
  const known = series.get(key);
  if (known === undefined && room.series < 1)
    return misfit('series_limit', `${point.metric.name}: a new series has no room; raise --series-limit`);
  const { labels, total } = known ?? { labels: point.labels, total: createTotal() };
  const isNewStream = total.isNewStream(point);
  if (isNewStream && room.streams < 1)
    return misfit(
      'stream_limit',
      `${point.metric.name}: a new cumulative stream has no room; send deltas, or raise --stream-limit`,
    );
  total.add(point);
  series.set(key, { labels, total });
  return { kind: 'taken', series: Number(known === undefined), streams: Number(isNewStream) };
}

function misfit(reason: RefusalReason, message: string): Taken {
  return { kind: 'misfit', reason, message };
}

function hasBounds(point: HistogramPoint, bounds: readonly number[]): boolean {
  return (
    point.bounds.length === bounds.length && bounds.every((bound, index) => bound === point.bounds[index])
  );
}
