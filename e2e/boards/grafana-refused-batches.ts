/** Batches that the gateway takes and cannot merge: one for each reason, each with another number of points. */
import type { DropReason } from '@ephemetry/contract';

/** What they are to show up as, and their body. */
export interface RefusedBatch {
  readonly reason: DropReason;
  /** Name of the program, as the gateway shows it. */
  readonly service: string;
  readonly points: number;
  readonly body: string;
}

/** What a data point has besides its times. */
interface Point {
  readonly attributes?: readonly object[];
  readonly [field: string]: unknown;
}

const SUM = { sum: { aggregationTemporality: 1, isMonotonic: true } } as const;

/** All of them. */
export const REFUSED_BATCHES: readonly RefusedBatch[] = [
  batch('unidentified', 1, SUM, { asInt: '1' }),
  batch('not_delta', 2, { sum: { aggregationTemporality: 2, isMonotonic: true } }, { asInt: '1' }),
  batch(
    'unsupported',
    3,
    { exponentialHistogram: { aggregationTemporality: 1 } },
    { count: '1', sum: 1, zeroCount: '1' },
  ),
  batch('not_a_number', 4, { gauge: {} }, { asDouble: 'Infinity' }),
  batch('oversized', 7, SUM, {
    asInt: '1',
    attributes: [{ key: 'k', value: { stringValue: 'x'.repeat(20_000) } }],
  }),
  batch('untimed', 8, SUM, { asInt: '1', startTimeUnixNano: '0' }),
  batch('no_value', 9, SUM, { asInt: '1', flags: 1 }),
  batch('absurd', 10, SUM, { asDouble: 1e300 }),
  batch(
    'malformed_histogram',
    11,
    { histogram: { aggregationTemporality: 1 } },
    { count: '1', bucketCounts: ['1'], explicitBounds: [3] },
  ),
  batch('foreign_kind', 12, { gauge: {} }, { asInt: '1' }, 'fab_tokens_total'),
  batch('negative', 5, SUM, { asInt: '-1' }),
  batch(
    'foreign_bounds',
    6,
    { histogram: { aggregationTemporality: 1 } },
    { count: '1', sum: 1, bucketCounts: ['1', '0'], explicitBounds: [3] },
    'fab_role_session_duration_seconds',
  ),
];

/** A batch of points of a series that no catalogue knows, eight days old. */
export function oldSeries(name: string, points: number): string {
  const nano = `${Date.now() - 8 * 86_400_000}000000`;
  const times = { startTimeUnixNano: nano, timeUnixNano: nano };
  return bodyOf(name, points, SUM, { asInt: '1', ...times }, identity(name));
}

/** A batch of points of a series that no catalogue knows; `paddingBytes` is in a label of each point. */
export function unknownSeries(name: string, points: number, paddingBytes = 0): string {
  const padding = { key: 'padding', value: { stringValue: 'x'.repeat(paddingBytes) } };
  const more = paddingBytes === 0 ? [] : [padding];
  return bodyOf(name, points, SUM, { asInt: '1', attributes: more }, identity(name));
}

function batch(
  reason: DropReason,
  points: number,
  data: Readonly<Record<string, object>>,
  point: Point,
  name = `refused_${reason}`,
): RefusedBatch {
  const service = `sends-${reason}`;
  const program = { key: 'service.name', value: { stringValue: service } };
  const attributes = [program, ...(reason === 'unidentified' ? [] : identity(reason))];
  return { reason, service, points, body: bodyOf(name, points, data, point, attributes) };
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
  point: Point,
  resourceAttributes: readonly object[],
): string {
  const timeUnixNano = `${Date.now()}000000`;
  const dataPoints = Array.from({ length: points }, (_, index) => ({
    startTimeUnixNano: timeUnixNano,
    timeUnixNano,
    ...point,
    attributes: [{ key: 'part', value: { stringValue: String(index) } }, ...(point.attributes ?? [])],
  }));
  const [kind = 'sum', rest = {}] = Object.entries(data)[0] ?? [];
  const metrics = [{ name, [kind]: { ...rest, dataPoints } }];
  return JSON.stringify({
    resourceMetrics: [{ resource: { attributes: resourceAttributes }, scopeMetrics: [{ metrics }] }],
  });
}
