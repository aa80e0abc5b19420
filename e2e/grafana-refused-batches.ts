/** Batches that the gateway takes and cannot merge: one for each of its filters, each with another number of points. */
import type { REFUSING_FILTERS } from '@ephemetry/contract';

/** What they are to show up as, and their body. */
export interface RefusedBatch {
  readonly filter: (typeof REFUSING_FILTERS)[number];
  readonly points: number;
  readonly body: string;
}

/** All of them. */
export const REFUSED_BATCHES: readonly RefusedBatch[] = [
  batch('filter/unidentified', 1, { sum: { aggregationTemporality: 1, isMonotonic: true } }, { asInt: '1' }),
  batch('filter/cumulative', 2, { sum: { aggregationTemporality: 2, isMonotonic: true } }, { asInt: '1' }),
  batch(
    'filter/unsupported',
    3,
    { exponentialHistogram: { aggregationTemporality: 1 } },
    { count: '1', sum: 1, zeroCount: '1' },
  ),
  batch('filter/not_a_number', 4, { gauge: {} }, { asDouble: 'NaN' }),
  batch('filter/negative', 5, { sum: { aggregationTemporality: 1, isMonotonic: true } }, { asInt: '-1' }),
  batch(
    'filter/foreign_bounds',
    6,
    { histogram: { aggregationTemporality: 1 } },
    { count: '1', sum: 1, bucketCounts: ['1', '0'], explicitBounds: [3] },
    'fab_role_session_duration_seconds',
  ),
];

/** A batch of points of a series that no catalogue knows. */
export function unknownSeries(name: string, points: number): string {
  const data = { sum: { aggregationTemporality: 1, isMonotonic: true } };
  return bodyOf(name, points, data, { asInt: '1' }, identity(name));
}

function batch(
  filter: RefusedBatch['filter'],
  points: number,
  data: Readonly<Record<string, object>>,
  point: object,
  name: string = filter.replace('/', '_'),
): RefusedBatch {
  const attributes = filter === 'filter/unidentified' ? [] : identity(filter);
  return { filter, points, body: bodyOf(name, points, data, point, attributes) };
}

/** Run id and batch sequence: what a batch is recognised by. */
function identity(run: string): readonly object[] {
  return [
    { key: 'service.instance.id', value: { stringValue: run } },
    { key: 'ephemetry.batch.sequence', value: { intValue: '0' } },
  ];
}

function bodyOf(
  name: string,
  points: number,
  data: Readonly<Record<string, object>>,
  point: object,
  resourceAttributes: readonly object[],
): string {
  const timeUnixNano = `${Date.now()}000000`;
  const dataPoints = Array.from({ length: points }, (_, index) => ({
    ...point,
    timeUnixNano,
    attributes: [{ key: 'part', value: { stringValue: String(index) } }],
  }));
  const [kind = 'sum', rest = {}] = Object.entries(data)[0] ?? [];
  const metrics = [{ name, [kind]: { ...rest, dataPoints } }];
  return JSON.stringify({
    resourceMetrics: [{ resource: { attributes: resourceAttributes }, scopeMetrics: [{ metrics }] }],
  });
}
