/** Measurements in the data model of the OpenTelemetry SDK, so that its serializer writes them. */
import type { HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { InstrumentIdentity } from './instrument-identity.ts';
import type { Cell } from './instrument-state.ts';

/** The interval that a delta describes. */
export interface TimeSpan {
  readonly start: HrTime;
  readonly end: HrTime;
}

/** A sum, or a gauge's last value. */
export interface SumAccumulation {
  value: number;
}

/** An explicit-bucket histogram; `counts` has one entry more than there are bounds. */
export interface HistogramAccumulation {
  readonly counts: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
}

export function sumData(
  identity: InstrumentIdentity,
  isMonotonic: boolean,
  cells: readonly Cell<SumAccumulation>[],
  span: TimeSpan,
): MetricData | undefined {
  if (cells.length === 0) return undefined;
  return {
    ...common(identity),
    dataPointType: DataPointType.SUM,
    isMonotonic,
    dataPoints: cells.map((cell) => point(cell, cell.accumulation.value, span)),
  };
}

/** Those without a value stand last: what comes behind one is left out by the Prometheus exporter of a Collector. */
export function gaugeData(
  identity: InstrumentIdentity,
  cells: readonly Cell<SumAccumulation>[],
  span: TimeSpan,
): MetricData | undefined {
  if (cells.length === 0) return undefined;
  const hasNone = ({ accumulation }: Cell<SumAccumulation>): number =>
    Number(Number.isNaN(accumulation.value));
  return {
    ...common(identity),
    dataPointType: DataPointType.GAUGE,
    dataPoints: cells
      .toSorted((a, b) => hasNone(a) - hasNone(b))
      .map((cell) => point(cell, cell.accumulation.value, span)),
  };
}

export function histogramData(
  identity: InstrumentIdentity,
  cells: readonly Cell<HistogramAccumulation>[],
  span: TimeSpan,
): MetricData | undefined {
  if (cells.length === 0) return undefined;
  const boundaries = [...identity.bounds];
  const dataPoints = cells.map((cell) => {
    const { counts, count, sum, min, max } = cell.accumulation;
    return point(cell, { buckets: { boundaries, counts }, count, sum, min, max }, span);
  });
  return { ...common(identity), dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

function common(identity: InstrumentIdentity): Pick<MetricData, 'descriptor' | 'aggregationTemporality'> {
  const { name, description, unit, valueType } = identity;
  return {
    descriptor: { name, description, unit, valueType },
    aggregationTemporality: AggregationTemporality.DELTA,
  };
}

function point<Value>(
  cell: Cell<unknown>,
  value: Value,
  span: TimeSpan,
): { startTime: HrTime; endTime: HrTime; attributes: Cell<unknown>['attributes']; value: Value } {
  return { startTime: span.start, endTime: span.end, attributes: cell.attributes, value };
}
