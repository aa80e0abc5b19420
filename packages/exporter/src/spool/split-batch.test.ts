import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_SPLIT_BYTES } from '../batch-limit.ts';
import { splitBatch } from './split-batch.ts';

type Json = Record<string, unknown>;

const attribute = (key: string, value: Json): Json => ({ key, value });

function point(name: string, padding = 0): Json {
  const attributes = [attribute('n', { stringValue: name.padEnd(padding, 'x') })];
  return { attributes, startTimeUnixNano: '1', timeUnixNano: '2', asDouble: 0.1 };
}

/** A batch with these metrics, each with its points. */
function batch(metrics: Readonly<Record<string, readonly Json[]>>, sequence: unknown = 7): string {
  const resource = {
    attributes: [
      attribute('service.instance.id', { stringValue: 'run' }),
      attribute('ephemetry.batch.sequence', { intValue: sequence }),
    ],
  };
  const list = Object.entries(metrics).map(([name, dataPoints]) => ({
    name,
    unit: 's',
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
  }));
  return JSON.stringify({
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          { scope: { name: 'a' }, metrics: list },
          { scope: { name: 'b' }, metrics: [] },
        ],
      },
    ],
  });
}

/** Every point of a batch with its metric, and the sequence it came with. */
function pointsOf(text: string): { points: string[]; sequences: unknown[] } {
  const points: string[] = [];
  const sequences: unknown[] = [];
  for (const { resource, scopeMetrics } of JSON.parse(text).resourceMetrics) {
    sequences.push(
      resource.attributes.find(({ key }: { key: string }) => key.endsWith('sequence')).value.intValue,
    );
    for (const { scope, metrics } of scopeMetrics)
      for (const { name, unit, sum } of metrics)
        for (const each of sum.dataPoints)
          points.push(
            JSON.stringify([scope.name, name, unit, sum.isMonotonic, sum.aggregationTemporality, each]),
          );
  }
  return { points, sequences };
}

test('every point is in one piece, with all that belongs to it', () => {
  const many = Array.from({ length: 40 }, (_, i) => point(`p${i}`, 100));
  const text = batch({ a_total: many, b_total: [point('small')], c_total: many });
  const pieces = splitBatch(text, 3000) ?? [];
  expect(pieces.length).toBeGreaterThan(3);
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(3000);
  expect(pieces.flatMap((piece) => pointsOf(piece).points)).toEqual(pointsOf(text).points);
});

test('the sequences of the pieces are above all that a run counts to, and the same each time', () => {
  const text = batch({ a_total: [point('1', 200), point('2', 200), point('3', 200)] });
  const pieces = splitBatch(text, 500) ?? [];
  expect(pieces.flatMap((piece) => pointsOf(piece).sequences)).toEqual([
    1_000_000_070_000, 1_000_000_070_001, 1_000_000_070_002,
  ]);
  expect(splitBatch(text, 500)).toEqual(pieces);
  const asText = splitBatch(batch({ a_total: [point('1', 200), point('2', 200)] }, '8'), 500) ?? [];
  expect(asText.flatMap((piece) => pointsOf(piece).sequences)).toEqual(['1000000080000', '1000000080001']);
});

test('no two batches of a run have a piece of the same sequence', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (one, other) => {
      const sequences = [...new Set([one, other])].flatMap((sequence) =>
        (splitBatch(batch({ a: [point('1'), point('2'), point('3')] }, sequence), 1) ?? []).flatMap(
          (piece) => pointsOf(piece).sequences,
        ),
      );
      expect(new Set([one, other, ...sequences]).size).toBe(sequences.length + new Set([one, other]).size);
    }),
  );
});

test('whatever is in a batch, its pieces hold the same points in the same order', () => {
  const points = fc.array(
    fc.nat(400).map((padding) => point('p', padding)),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-c]_total$/), points),
      fc.integer({ min: 1, max: 3000 }),
      (metrics, splitBytes) => {
        const text = batch(metrics);
        const pieces = splitBatch(text, splitBytes);
        if (pieces === undefined) return;
        expect(pieces.flatMap((piece) => pointsOf(piece).points)).toEqual(pointsOf(text).points);
      },
    ),
  );
});

test('one point that is too large is a piece of its own, and costs the others nothing', () => {
  const text = batch({ a_total: [point('small'), point('large', 9000), point('small too')] });
  const pieces = splitBatch(text, 1000) ?? [];
  expect(pieces.map((piece) => Buffer.byteLength(piece) > 9000)).toEqual([false, true, false]);
});

test('several resources keep theirs', () => {
  const [one, other] = [batch({ a: [point('1', 300)] }, 1), batch({ a: [point('2', 300)] }, 2)].map(
    (text) => JSON.parse(text).resourceMetrics[0],
  );
  const text = JSON.stringify({ resourceMetrics: [one, other] });
  expect((splitBatch(text, 400) ?? []).flatMap((piece) => pointsOf(piece).sequences)).toEqual([
    1_000_000_010_000, 1_000_000_020_001,
  ]);
});

test.each([
  ['no JSON', '{"resourceMetrics":['],
  ['no text', ''],
  ['something else', '{"a":1}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['metrics of no kind', '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x"}]}]}]}'],
  ['one point', batch({ a_total: [point('1', 5000)] })],
  ['no point', batch({ a_total: [] })],
])('%s cannot be split', (_, text) => {
  expect(splitBatch(text, 10)).toBeUndefined();
});

test('numbers come out as they went in', () => {
  const values = [0.1, 1e21, 5e-324, -0.5, 9_007_199_254_740_991];
  const text = batch({ a_total: values.map((asDouble) => ({ ...point('n'), asDouble })) });
  expect((splitBatch(text, 1) ?? []).flatMap((piece) => pointsOf(piece).points)).toEqual(
    pointsOf(text).points,
  );
  expect(splitBatch(text, BATCH_SPLIT_BYTES)).toBeUndefined();
});
