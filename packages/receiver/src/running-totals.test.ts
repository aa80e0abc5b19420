// biome-ignore-all lint/style/noExcessiveLinesPerFile: every kind of point, in any order
import { RECEIVE_METRICS } from '@ephemetry/contract';
import { otlpJson } from '@ephemetry/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExposition } from './fixtures/exposition.ts';
import { DIGESTS, readRequest } from './fixtures/read-request.ts';
import { prometheusText } from './prometheus-text.ts';
import { type BatchReceipt, RunningTotals, type TotalsLimits } from './running-totals.ts';

const { gauge, histogram, request, run, sum } = otlpJson;

function mergeAll(requests: readonly object[], limits: TotalsLimits = {}) {
  const totals = new RunningTotals(DIGESTS, limits, () => 0);
  const receipts = requests.flatMap((each) => readRequest(each)).map((batch) => totals.merge(batch));
  const text = prometheusText(totals.snapshot());
  return { totals, receipts, text, series: text === '' ? {} : parseExposition(text) };
}

const cumulative = { temporality: 'cumulative' } as const;

describe('the law of any order and any repetition', () => {
  const metric = fc.oneof(
    fc
      .record({ value: fc.double({ min: 0, max: 1e12, noNaN: true }), role: fc.constantFrom('a', 'b') })
      .map(({ value, role }) => sum('cost_total', value, { attributes: { role } })),
    fc.integer({ min: 0, max: 1e9 }).map((value) => sum('tokens_total', value)),
    fc
      .double({ min: -1e6, max: 1e6, noNaN: true })
      .map((value) => sum('open', value, { isMonotonic: false })),
    fc
      .record({ value: fc.double(), time: fc.integer({ min: 1, max: 9 }) })
      .map(({ value, time }) => gauge('level', Number.isFinite(value) ? value : String(value), { time })),
    fc
      .record({
        counts: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
        total: fc.double({ min: 0, max: 1e6, noNaN: true }),
      })
      .map(({ counts, total }) => histogram('seconds', [1, 2], counts, { sum: total })),
    fc
      .record({ value: fc.nat(1e6), start: fc.nat(2), time: fc.integer({ min: 1, max: 9 }) })
      .map(({ value, start, time }) => sum('seen_total', value, { ...cumulative, start, time })),
    fc
      .record({ counts: fc.tuple(fc.nat(9), fc.nat(9)), time: fc.integer({ min: 1, max: 9 }) })
      .map(({ counts, time }) => histogram('waits', [5], counts, { ...cumulative, sum: 1, time })),
  );
  const requests = fc
    .array(
      fc.record({
        instance: fc.constantFrom('r1', 'r2', 'r3'),
        metrics: fc.uniqueArray(metric, {
          selector: (each) => ('name' in each ? each.name : ''),
          minLength: 1,
        }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((batches) =>
      batches.map(({ instance, metrics }, index) => request(run(instance, index + 1), metrics)),
    );
  const deliveries = requests.chain((sent) =>
    fc
      .array(fc.constantFrom(...sent), { maxLength: 10 })
      .map((repeats) => [...sent, ...repeats])
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
      .map((arrived) => ({ sent, arrived })),
  );

  it('gives the same totals', () => {
    fc.assert(
      fc.property(deliveries, ({ sent, arrived }) => {
        expect(mergeAll(arrived).text).toBe(mergeAll(sent).text);
      }),
      // Shrinking a counterexample of this size can take minutes.
      { interruptAfterTimeLimit: 20_000 },
    );
  });

  it('counts every repeat', () => {
    const sent = [request(run('a', 1), [sum('x_total', 1)]), request(run('a', 2), [sum('x_total', 1)])];
    const { receipts, series } = mergeAll([...sent, ...sent, ...sent]);
    expect(series).toEqual({ 'x_total{job="fab"}': 2 });
    expect(receipts.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true, true, true, true]);
  });
});

describe('duplicates', () => {
  it('a batch that a Collector split over two requests is counted whole', () => {
    const first = request(run('a', 1), [sum('x_total', 1)]);
    const second = request(run('a', 1), [sum('y_total', 2)]);
    const { series, receipts } = mergeAll([first, second, second]);
    expect(series).toEqual({ 'x_total{job="fab"}': 1, 'y_total{job="fab"}': 2 });
    expect(receipts.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true]);
  });

  it('a run without sequences is known by the times of its points', () => {
    const sent = (time: number) =>
      request({ 'service.name': 'fab', 'service.instance.id': 'a' }, [sum('x_total', 1, { time })]);
    expect(mergeAll([sent(2), sent(2), sent(3)]).series).toEqual({ 'x_total{job="fab"}': 2 });
  });

  it('batches without a run id are never duplicates', () => {
    const sent = request({ 'service.name': 'fab' }, [sum('x_total', 1)]);
    expect(mergeAll([sent, sent]).series).toEqual({ 'x_total{job="fab"}': 2 });
  });

  it('what a Collector adds to the resource on the way does not hide a repeat', () => {
    const first = request(run('a', 1), [sum('x_total', 1)]);
    const second = request({ ...run('a', 1), 'k8s.pod.name': 'p' }, [sum('x_total', 1)]);
    expect(mergeAll([first, second]).series).toEqual({ 'x_total{job="fab"}': 1 });
  });

  it('a batch that was refused is refused again, not called a duplicate', () => {
    const sent = request(run('a', 2), [gauge('fab_tokens_total', 1)]);
    const { receipts } = mergeAll([sent, sent]);
    expect(receipts.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false]);
    expect(receipts[1]?.refusals).toHaveLength(1);
  });
});

describe('cumulative senders', () => {
  const web = (instance: string) => ({ 'service.name': 'web', 'service.instance.id': instance });
  it.each([
    [
      'the newest point of a stream counts, late ones do not',
      [
        [web('a'), sum('x_total', 5, { ...cumulative, time: 3 })],
        [web('a'), sum('x_total', 2, { ...cumulative, time: 2 })],
      ],
      5,
    ],
    [
      'instances are summed',
      [
        [web('a'), sum('x_total', 5, cumulative)],
        [web('b'), sum('x_total', 2, cumulative)],
      ],
      7,
    ],
    [
      'a restart counts on',
      [
        [web('a'), sum('x_total', 5, { ...cumulative, start: 1 })],
        [web('a'), sum('x_total', 2, { ...cumulative, start: 9, time: 10 })],
      ],
      7,
    ],
    [
      'deltas and cumulative points add up',
      [
        [web('a'), sum('x_total', 5, cumulative)],
        [web('b'), sum('x_total', 2)],
      ],
      7,
    ],
    [
      'an up-and-down sum forgets what it was before a restart',
      [
        [web('a'), sum('x_total', 5, { ...cumulative, isMonotonic: false })],
        [web('a'), sum('x_total', 2, { ...cumulative, isMonotonic: false, start: 9, time: 10 })],
      ],
      2,
    ],
  ] as const)('%s', (_name, points, expected) => {
    const sent = points.map(([resource, metric]) => request(resource, [metric]));
    expect(mergeAll(sent).series).toEqual({ 'x_total{job="web"}': expected });
    expect(mergeAll(sent.toReversed()).series).toEqual({ 'x_total{job="web"}': expected });
  });
});

describe('what cannot be merged is refused and told', () => {
  const exponential = {
    name: 'e',
    exponentialHistogram: { aggregationTemporality: 1, dataPoints: [{}, {}] },
  };
  const unspecified = { name: 'u', sum: { isMonotonic: true, dataPoints: [{ asInt: '1' }] } };
  it.each([
    [
      'different_bounds',
      [histogram('fab_role_session_duration_seconds', [1], [1, 0])],
      /belongs to a histogram with the bounds .*, not 1; give yours another name/,
    ],
    ['type_conflict', [gauge('fab_tokens_total', 1)], /belongs to a monotonic sum, not a gauge/],
    ['reserved_name', [sum(RECEIVE_METRICS.points.name, 1)], /receiver's own/],
    ['unsupported_type', [exponential], /exponential buckets cannot be merged/, 2],
    ['unsupported_type', [{ name: 'q', summary: { dataPoints: [{}] } }], /a summary cannot be merged/],
    ['unsupported_type', [{ name: 'n' }], /no data of a known type/],
    ['unknown_temporality', [unspecified], /neither delta nor cumulative/],
    ['out_of_range', [sum('x_total', -1)], /monotonic sum has the value -1/],
    [
      'out_of_range',
      [
        {
          name: 'x',
          sum: {
            isMonotonic: true,
            aggregationTemporality: 1,
            dataPoints: [{ timeUnixNano: '1', asDouble: 'NaN' }],
          },
        },
      ],
      /the value NaN/,
    ],
    ['malformed_point', [{ name: 'x', gauge: { dataPoints: [{ timeUnixNano: '1' }] } }], /has no value/],
    ['no_time', [{ name: 'x', gauge: { dataPoints: [{ asInt: '1' }] } }], /has no time/],
    ['malformed_point', [histogram('s', [1], [1])], /1 bucket counts and 1 bounds/],
    ['malformed_point', [histogram('s', [2, 1], [1, 0, 0])], /bounds 2, 1/],
    ['malformed_point', [histogram('s', [1], [1, 1], { count: 3 })], /count 3, but its buckets add up to 2/],
    ['malformed_point', [{ name: '', gauge: { dataPoints: [{ asInt: '1' }] } }], /needs a name/],
  ] as const)('%s', (reason, metrics, message, given?: number) => {
    const points = given ?? 1;
    const { receipts } = mergeAll([request(run('a', 1), metrics)]);
    expect(receipts[0]?.refusals).toEqual([
      expect.objectContaining({ reason, points, message: expect.stringMatching(message) }),
    ]);
  });

  it.each([
    [{ seriesLimit: 1 }, [sum('a_total', 1), sum('b_total', 1)], 'series_limit'],
    [{ streamLimit: 1 }, [sum('a_total', 1, cumulative), sum('b_total', 1, cumulative)], 'stream_limit'],
  ] as const)('%j', (limits, metrics, reason) => {
    const { receipts, series } = mergeAll([request(run('a', 1), metrics)], limits);
    expect(Object.keys(series)).toEqual(['a_total{job="fab"}']);
    expect(reasons(receipts)).toEqual([reason]);
  });

  it('a refused point does not keep the others of its batch out', () => {
    const { series, receipts } = mergeAll([request(run('a', 1), [sum('x_total', -1), sum('y_total', 3)])]);
    expect(series).toEqual({ 'y_total{job="fab"}': 3 });
    expect(receipts[0]?.points).toBe(1);
  });
});

function reasons(receipts: readonly BatchReceipt[]): readonly string[] {
  return receipts.flatMap(({ refusals }) => refusals.map(({ reason }) => reason));
}

describe('one name, several meanings', () => {
  it('an integer and a double of one counter, and one described otherwise, are one total', () => {
    const metrics = [
      sum('vt_total', 1),
      sum('vt_total', 1.5),
      { ...sum('vt_total', 1), description: 'Another one.' },
    ];
    expect(mergeAll([request(run('a', 1), metrics)]).series).toEqual({ 'vt_total{job="fab"}': 3.5 });
  });

  it('names and labels that Prometheus cannot tell apart are added up', () => {
    const metrics = [
      sum('a.b', 100, { attributes: { 'http.method': 'GET' } }),
      sum('a_b', 3, { attributes: { http_method: 'GET' } }),
    ];
    expect(mergeAll([request(run('a', 1), metrics)]).series).toEqual({
      'a_b{http_method="GET",job="fab"}': 103,
    });
  });

  it('who sends a kind first does not keep the others out', () => {
    const { series, receipts } = mergeAll([
      request(run('a', 1), [gauge('x', 7)]),
      request(run('b', 1), [sum('x', 1)]),
      request(run('b', 2), [sum('x', 2)]),
    ]);
    expect(series).toEqual({ 'x{job="fab"}': 7, 'x_counter{job="fab"}': 3 });
    expect(receipts.flatMap(({ refusals }) => refusals)).toEqual([]);
  });

  it('who sends bounds first does not keep others out', () => {
    const { series } = mergeAll([
      request(run('a', 1), [histogram('s', [1], [1, 0])]),
      request(run('b', 1), [histogram('s', [2], [1, 0]), histogram('s', [3], [1, 1])]),
    ]);
    expect(series).toMatchObject({
      's_count{job="fab"}': 1,
      's_histogram_count{job="fab"}': 1,
      's_histogram_2_count{job="fab"}': 2,
    });
  });

  it('a stranger cannot take the names of a histogram away', () => {
    const { series } = mergeAll([
      request(run('a', 1), [sum('s_sum', 5), gauge('fab_role_session_duration_seconds_count', 5)]),
      request(run('b', 1), [histogram('s', [1], [1, 0])]),
    ]);
    expect(series).toMatchObject({
      's_sum{job="fab"}': 5,
      's_histogram_count{job="fab"}': 1,
      'fab_role_session_duration_seconds_count_gauge{job="fab"}': 5,
    });
  });

  it('many bounds under one name are refused in the end', () => {
    const metrics = Array.from({ length: 12 }, (_, index) => histogram('s', [index], [1, 0]));
    const { receipts } = mergeAll([request(run('a', 1), metrics)]);
    expect(receipts[0]).toMatchObject({ points: 9, refusals: [{ reason: 'different_bounds', points: 3 }] });
  });
});

describe('times that are not to be believed', () => {
  const hour = 3_600;
  const now = 1_700_000_000;
  const at = (offsetSeconds: number) => (now + offsetSeconds) * 1e9;
  function mergeAt(metrics: readonly object[]) {
    const totals = new RunningTotals(DIGESTS, {}, () => now * 1_000);
    const receipts = readRequest(request(run('a', 1), metrics), now * 1_000).map((each) =>
      totals.merge(each),
    );
    return { receipt: receipts[0], text: prometheusText(totals.snapshot()) };
  }

  it.each([
    [11 * 60, 1],
    [9 * 60, 0],
    [-167 * hour, 0],
    [-169 * hour, 1],
  ])('a delta %d s ahead counts, restamped: %d', (offset, restampedPoints) => {
    const { receipt } = mergeAt([sum('x_total', 1, { time: at(offset) })]);
    expect(receipt).toMatchObject({ points: 1, restampedPoints, refusals: [] });
  });

  it.each([
    ['gauge', gauge('x', 1, { time: at(11 * 60) }), 'unbelievable_time'],
    ['gauge', gauge('x', 1, { time: at(-169 * hour) }), 'unbelievable_time'],
    ['total so far', sum('x', 1, { temporality: 'cumulative', time: at(11 * 60) }), 'unbelievable_time'],
  ])('a %s is refused, so that it hides no later one', (_kind, metric, reason) => {
    const { receipt, text } = mergeAt([metric]);
    expect([receipt?.refusals[0]?.reason, text]).toEqual([reason, '']);
  });
});

describe('how long a gauge is shown', () => {
  const started = 1_700_000_000;
  const minute = 60;
  let now = started;
  const totalsOf = (limits: TotalsLimits = {}) => {
    now = started;
    return new RunningTotals(DIGESTS, limits, () => now * 1_000);
  };
  const measured = (name: string, value: number, time = now) => gauge(name, value, { time: time * 1e9 });
  function merge(totals: RunningTotals, metrics: readonly object[]) {
    const [batch] = readRequest(request(run(`at-${now}`, 1), metrics), now * 1_000);
    return batch && totals.merge(batch);
  }
  const shown = (totals: RunningTotals) => prometheusText(totals.snapshot());

  it('a reading of a program is forgotten 5 min after it was taken, a result of a last run is not', () => {
    const totals = totalsOf();
    merge(totals, [measured('depth', 7), measured('merge_newest_age_seconds', 3)]);
    merge(totals, [measured('merge_first_pass_ratio', 0.5)]);
    now += 4 * minute;
    expect(shown(totals)).toMatch(/depth\{.* 7\n[\s\S]*ratio\{.* 0\.5\n[\s\S]*age_seconds\{.* 3\n/);
    now += 2 * minute;
    expect(shown(totals)).not.toMatch(/depth|age_seconds/);
    expect(shown(totals)).toContain('merge_first_pass_ratio');
  });

  it.each([
    [['NaN', 5], 5],
    [[5, 'NaN'], 5],
  ])('of %j at one time the value is shown, whichever came first', (values, shown) => {
    const requests = values.map((value, index) => request(run('a', index), [gauge('x', value, { time: 9 })]));
    expect(mergeAll(requests).series).toEqual({ 'x{job="fab"}': shown });
  });

  it('a newer reading is shown for as long again', () => {
    const totals = totalsOf();
    merge(totals, [measured('depth', 7)]);
    now += 4 * minute;
    merge(totals, [measured('depth', 8)]);
    now += 4 * minute;
    expect(shown(totals)).toContain('} 8\n');
  });

  it('forgotten readings make room for others, and their name is free for another kind', () => {
    const totals = totalsOf({ seriesLimit: 1 });
    merge(totals, [measured('depth', 7)]);
    expect(merge(totals, [sum('depth', 1)])?.refusals).toHaveLength(1);
    now += 6 * minute;
    expect(merge(totals, [sum('depth', 1, { time: now * 1e9 })])).toMatchObject({ points: 1 });
    expect([totals.seriesCount(), shown(totals)]).toEqual([1, '# TYPE depth counter\ndepth{job="fab"} 1\n']);
  });
});
