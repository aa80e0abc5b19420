import type { SoundPoint } from '@ephemetry/receiver/otlp';
import { describe, expect, it } from 'vitest';
import { Deltas } from './deltas.ts';

const SINCE = 1_000n;

type Given = Partial<{
  start: bigint;
  time: bigint;
  kind: 'counter' | 'updown';
  temporality: 'delta' | 'cumulative';
  stream: string;
}>;

function sum(value: number | bigint, given: Given = {}): SoundPoint {
  const { start = 2_000n, time = 3_000n, kind = 'counter', temporality = 'cumulative', stream = 'a' } = given;
  return {
    ...ABOVE,
    stream,
    point: { ...CONTEXT, kind, temporality, value, startUnixNano: start, timeUnixNano: time },
  };
}

function histogram(counts: readonly bigint[], total: number, time: bigint): SoundPoint {
  const count = counts.reduce((all, each) => all + each, 0n);
  const buckets = { bounds: [1], counts, count, sum: total };
  const times = { startUnixNano: 2_000n, timeUnixNano: time };
  return {
    ...ABOVE,
    stream: 'h',
    point: { ...CONTEXT, kind: 'histogram', temporality: 'cumulative', ...buckets, ...times },
  };
}

const ABOVE = {
  resource: [],
  scope: { name: '', version: '', attributes: [] },
  metric: { name: 'x_total', unit: '', description: '' },
  attributes: [],
};
const CONTEXT = {
  metric: { name: 'x_total', otlpName: 'x_total', description: '' },
  labels: [],
  labelsKey: '',
  identity: undefined,
  stream: '',
  isRestamped: false,
};

/** What is passed on of each point, each on disk before the next one. */
function taken(points: readonly SoundPoint[]): readonly unknown[] {
  const deltas = new Deltas(SINCE);
  return points.map((point) => {
    const change = deltas.take(point);
    deltas.commit();
    return change.kind === 'passed' ? change.point.value : change.kind;
  });
}

describe('deltas', () => {
  it('makes of totals what was added between two points', () => {
    expect(taken([sum(3n, { time: 3_000n }), sum(3n, { time: 4_000n }), sum(10n, { time: 5_000n })])).toEqual(
      [3n, 'nothing', 7n],
    );
  });

  it('counts a stream that began before the command from its second point', () => {
    expect(taken([sum(100, { start: 999n }), sum(101.5, { start: 999n, time: 4_000n })])).toEqual([
      'nothing',
      1.5,
    ]);
  });

  it('counts each of two processes that begin at different times under one name', () => {
    const [first, second] = [{ start: 2_000n }, { start: 2_500n }];
    const points = [
      sum(5n, first),
      sum(2n, second),
      sum(6n, { ...first, time: 4_000n }),
      sum(4n, { ...second, time: 4_000n }),
    ];
    expect(taken(points)).toEqual([5n, 2n, 1n, 2n]);
  });

  it('refuses a total that falls without a new start, and says what to set', () => {
    const deltas = new Deltas(SINCE);
    deltas.take(sum(5n));
    deltas.commit();
    const refused = deltas.take(sum(4n, { time: 4_000n }));
    expect(refused).toMatchObject({ kind: 'refused', reason: 'no_new_start' });
    expect(refused).toMatchObject({
      message: expect.stringContaining('OTEL_RESOURCE_ATTRIBUTES=service.instance.id='),
    });
  });

  it('drops what comes again, as a total and as a delta', () => {
    expect(taken([sum(5n), sum(5n)])).toEqual([5n, 'nothing']);
    expect(taken([sum(5n, { temporality: 'delta' }), sum(5n, { temporality: 'delta' })])).toEqual([
      5n,
      'nothing',
    ]);
  });

  it.each([
    ['a total', 'cumulative', 3_000n],
    ['an older total', 'cumulative', 2_999n],
    ['a delta', 'delta', 3_000n],
  ] as const)('refuses %s that says something else of a time that was told', (_, temporality, time) => {
    const deltas = new Deltas(SINCE);
    deltas.take(sum(5n, { temporality }));
    deltas.commit();
    for (const value of [4n, 6n]) {
      const change = deltas.take(sum(value, { temporality, time }));
      expect(change).toMatchObject({ kind: 'refused', reason: 'no_new_start' });
      deltas.commit();
    }
    expect(deltas.take(sum(9n, { temporality, time: 4_000n }))).toMatchObject({
      kind: 'passed',
      point: { value: temporality === 'delta' ? 9n : 4n },
    });
  });

  it.each([
    [2n ** 53n, 2n ** 53n + 1n],
    [2 ** 53, 2 ** 54],
  ])('refuses a total that grew by more than 2^53 at once, and counts on from there: %s', (most, more) => {
    const deltas = new Deltas(SINCE);
    const take = (value: number | bigint, time: bigint, kind: 'counter' | 'updown' = 'counter'): unknown => {
      const change = deltas.take(sum(value, { time, kind, stream: kind }));
      deltas.commit();
      return change.kind === 'refused' ? change.reason : change.kind;
    };
    expect(take(more, 3_000n)).toBe('out_of_range');
    expect(take(Number(more) + Number(most), 4_000n)).toBe('passed');
    expect(take(0, 3_000n, 'updown')).toBe('nothing');
    expect(take(-Number(more) * 2, 4_000n, 'updown')).toBe('out_of_range');
  });

  it('refuses a histogram whose sum grew by more than 2^53 at once', () => {
    const deltas = new Deltas(SINCE);
    expect(deltas.take(histogram([1n, 2n], 2 ** 54, 3_000n))).toMatchObject({ reason: 'out_of_range' });
  });

  it('takes again what was not kept', () => {
    const deltas = new Deltas(SINCE);
    expect(deltas.take(sum(5n))).toMatchObject({ kind: 'passed' });
    deltas.rollBack();
    expect(deltas.take(sum(5n))).toMatchObject({ kind: 'passed', point: { value: 5n } });
  });

  it.each(['delta', 'cumulative'] as const)('refuses a %s that does not say when it began', (temporality) => {
    const deltas = new Deltas(SINCE);
    for (const time of [3_000n, 4_000n]) {
      const change = deltas.take(sum(5n, { temporality, start: 0n, time }));
      expect(change).toMatchObject({ kind: 'refused', reason: 'no_time' });
      deltas.commit();
    }
  });

  it('lets an up-down sum fall', () => {
    expect(taken([sum(5n, { kind: 'updown' }), sum(2n, { kind: 'updown', time: 4_000n })])).toEqual([
      5n,
      -3n,
    ]);
  });

  it('subtracts buckets and sums of histograms, and refuses one whose bucket falls', () => {
    const deltas = new Deltas(SINCE);
    deltas.take(histogram([1n, 2n], 4, 3_000n));
    deltas.commit();
    const grown = deltas.take(histogram([1n, 5n], 10, 4_000n));
    expect(grown).toMatchObject({
      kind: 'passed',
      point: { value: 3n, counts: [0n, 3n], sum: 6, startUnixNano: 3_000n },
    });
    deltas.commit();
    expect(deltas.take(histogram([0n, 9n], 12, 5_000n))).toMatchObject({ kind: 'refused' });
  });

  it('takes new processes however many there were before', () => {
    const deltas = new Deltas(SINCE, 2);
    const first = Array.from({ length: 9 }, (_, n) =>
      sum(5n, { stream: `s${n}`, start: 2_000n + BigInt(n) }),
    );
    for (const point of first) {
      expect(deltas.take(point)).toMatchObject({ kind: 'passed', point: { value: 5n } });
      deltas.commit();
    }
  });

  it('forgets the stream that was idle longest', () => {
    const deltas = new Deltas(SINCE, 2);
    for (const [stream, time] of [
      ['a', 3_000n],
      ['b', 3_000n],
      ['a', 3_500n],
      ['c', 3_500n],
    ] as const) {
      deltas.take(sum(5n, { stream, time, start: stream === 'c' ? 2_500n : 2_000n }));
      deltas.commit();
    }
    expect(deltas.take(sum(7n, { stream: 'a', time: 4_000n }))).toMatchObject({ point: { value: 2n } });
  });

  it('counts a forgotten total never twice: it is refused, and counts from its next point', () => {
    const deltas = new Deltas(SINCE, 1);
    deltas.take(sum(5n));
    deltas.commit();
    deltas.take(sum(1n, { stream: 'b', start: 2_500n }));
    deltas.commit();
    expect(deltas.take(sum(7n, { time: 4_000n }))).toMatchObject({ kind: 'refused', reason: 'stream_limit' });
    deltas.commit();
    expect(deltas.take(sum(8n, { time: 5_000n }))).toMatchObject({ kind: 'passed', point: { value: 1n } });
  });

  it('takes known streams in one request when there is no room for more', () => {
    const deltas = new Deltas(SINCE, 2);
    for (const value of [1n, 3n]) {
      const points = ['a', 'b'].map((stream) => sum(value, { stream, time: 3_000n + value }));
      expect(points.map((point) => deltas.take(point).kind)).toEqual(['passed', 'passed']);
      deltas.commit();
    }
  });
});
