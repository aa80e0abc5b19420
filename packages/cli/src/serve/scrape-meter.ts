/**
 * A meter whose measurements are scraped: it adds up in memory, and observes gauges when somebody reads them, so that what is
 * not observed any more is not shown any more. For collectors of ours, which use counters, histograms and observed gauges.
 */
import type { FamilySnapshot } from '@ephemetry/receiver';
import {
  type BatchObservableCallback,
  type Counter,
  createNoopMeter,
  type Histogram,
  type Meter,
  type MetricOptions,
  type Observable,
  type ObservableGauge,
} from '@opentelemetry/api';
import {
  counterFamily,
  type HistogramTotal,
  histogramFamily,
  type KeptTotals,
  keyOf,
  labelsOf,
  NO_TOTALS,
  type ScrapedMetric,
  withValue,
} from './scrape-totals.ts';

/** A meter and what it has measured. */
export interface ScrapeMeter {
  readonly meter: Meter;
  /** What a scrape shows, by name. */
  readonly families: () => readonly FamilySnapshot[];
  /** What the next program continues from. */
  readonly totals: () => KeptTotals;
}

/** A counter or histogram with its series. */
interface Totals<Total> {
  readonly metric: ScrapedMetric;
  readonly series: Map<string, Total>;
}

/**
 * @param kept what an earlier program had counted. Histograms with other bounds start anew
 * @param isWanted whether a series of an earlier program is still shown: what is not declared any more is not
 */
export function createScrapeMeter(
  kept: KeptTotals = NO_TOTALS,
  isWanted: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): ScrapeMeter {
  const counters = new Map<string, Totals<number>>();
  const histograms = new Map<string, Totals<HistogramTotal>>();
  const gauges = new Map<Observable, ScrapedMetric>();
  const callbacks = new Set<BatchObservableCallback>();
  const wanted = <Total>(series: Readonly<Record<string, Total>> = {}): Map<string, Total> =>
    new Map(Object.entries(series).filter(([key]) => isWanted(labelsOf(key))));

  const createCounter = (name: string, options?: MetricOptions): Counter => {
    const series = wanted(kept.counters[name]);
    counters.set(name, { metric: metricOf(name, 'counter', options), series });
    return {
      add: (value, attributes = {}) => {
        const key = keyOf(attributes);
        series.set(key, (series.get(key) ?? 0) + value);
      },
    };
  };
  const createHistogram = (name: string, options?: MetricOptions): Histogram => {
    const metric = metricOf(name, 'histogram', options);
    const isSame = ({ bounds }: HistogramTotal): boolean => String(bounds) === String(metric.bounds);
    const series = new Map([...wanted(kept.histograms[name])].filter(([, total]) => isSame(total)));
    histograms.set(name, { metric, series });
    const empty = { bounds: metric.bounds, counts: [...metric.bounds, 0].map(() => 0), sum: 0 };
    return {
      record: (value, attributes = {}) => {
        const key = keyOf(attributes);
        series.set(key, withValue(series.get(key) ?? empty, value));
      },
    };
  };
  const createObservableGauge = (name: string, options?: MetricOptions): ObservableGauge => {
    const gauge: ObservableGauge = {
      addCallback: refuse('addCallback'),
      removeCallback: refuse('removeCallback'),
    };
    gauges.set(gauge, metricOf(name, 'gauge', options));
    return gauge;
  };
  const meter: Meter = {
    ...refusingMeter(),
    createCounter,
    createHistogram,
    createObservableGauge,
    addBatchObservableCallback: (callback) => void callbacks.add(callback),
    removeBatchObservableCallback: (callback) => void callbacks.delete(callback),
  };
  const families = (): readonly FamilySnapshot[] =>
    [
      ...[...counters.values()].map(({ metric, series }) => counterFamily(metric, series)),
      ...[...histograms.values()].map(({ metric, series }) => histogramFamily(metric, series)),
      ...observe(gauges, callbacks),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const totals = (): KeptTotals => ({ counters: keptOf(counters), histograms: keptOf(histograms) });
  return { meter, families, totals };
}

/** Calls what observes, once for a scrape. */
function observe(
  gauges: ReadonlyMap<Observable, ScrapedMetric>,
  callbacks: ReadonlySet<BatchObservableCallback>,
): readonly FamilySnapshot[] {
  const observed = new Map<Observable, Map<string, number>>();
  const result: Parameters<BatchObservableCallback>[0] = {
    observe: (gauge, value, attributes = {}) => {
      const series = observed.get(gauge) ?? new Map<string, number>();
      observed.set(gauge, series.set(keyOf(attributes), value));
    },
  };
  for (const callback of callbacks) void callback(result);
  return [...gauges].map(([gauge, metric]) => counterFamily(metric, observed.get(gauge) ?? new Map()));
}

function metricOf(name: string, type: ScrapedMetric['type'], options: MetricOptions = {}): ScrapedMetric {
  const bounds = options.advice?.explicitBucketBoundaries ?? [];
  return { name, type, description: options.description ?? '', bounds };
}

function keptOf<Total>(
  all: ReadonlyMap<string, Totals<Total>>,
): Readonly<Record<string, Readonly<Record<string, Total>>>> {
  return Object.fromEntries([...all].map(([name, { series }]) => [name, Object.fromEntries(series)]));
}

/** What no collector of ours uses is refused aloud: measurements would be lost in silence. */
function refusingMeter(): Meter {
  return {
    ...createNoopMeter(),
    createGauge: refuse('createGauge'),
    createUpDownCounter: refuse('createUpDownCounter'),
    createObservableCounter: refuse('createObservableCounter'),
    createObservableUpDownCounter: refuse('createObservableUpDownCounter'),
  };
}

function refuse(what: string): () => never {
  return () => {
    throw new TypeError(
      `a meter that is scraped does not have ${what}: use counters, histograms and batch callbacks`,
    );
  };
}
