import { type MetricOptions, ValueType } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { Complaints } from './complaints.ts';
import { EphemeralMeter } from './ephemeral-meter.ts';
import { Observers } from './observables/observers.ts';

const SPAN = { start: [1, 0], end: [2, 0] } as const satisfies Record<
  string,
  [number, number] | readonly [number, number]
>;

function createMeter(): {
  meter: EphemeralMeter;
  said: string[];
  values: () => unknown[];
  measured: () => number;
  callbacks: Observers;
} {
  const said: string[] = [];
  let measured = 0;
  const complaints = new Complaints((text) => said.push(text));
  const count = (): unknown => (measured += 1);
  const callbacks = new Observers({ complaints, measured: count, intervalMs: () => 60_000 });
  const meter = new EphemeralMeter({ name: 'test' }, { complaints, callbacks, measured: count });
  const collect = (): ScopeMetrics | undefined =>
    meter.collect({ start: [...SPAN.start], end: [...SPAN.end] });
  const values = (): unknown[] =>
    (collect()?.metrics ?? []).flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
  return { meter, said, values, measured: () => measured, callbacks };
}

const INT: MetricOptions = { valueType: ValueType.INT };
const LARGEST = Number.MAX_SAFE_INTEGER;

test('a counter adds up, an up-down counter takes both directions, a gauge keeps the last', () => {
  const { meter, values, measured } = createMeter();
  const counter = meter.createCounter('c');
  const level = meter.createUpDownCounter('u', INT);
  const gauge = meter.createGauge('g');
  for (const value of [0, 1.5, 2]) {
    counter.add(value);
    gauge.record(-value);
  }
  level.add(3);
  level.add(-5);
  expect(values()).toEqual([3.5, -2, -2]);
  expect(measured()).toBe(8);
  expect(values()).toEqual([]);
});

test('a gauge that is recorded as NaN has no value any more, until there is one', () => {
  const { meter, values, said } = createMeter();
  const gauge = meter.createGauge('g', INT);
  gauge.record(3);
  gauge.record(Number.NaN);
  expect(values()).toEqual([Number.NaN]);
  gauge.record(Number.NaN);
  gauge.record(4);
  expect([values(), said]).toEqual([[4], []]);
});

test('what has no value any more stands behind what has one', () => {
  const { meter, values } = createMeter();
  const gauge = meter.createGauge('g');
  for (const [repository, value] of [1, Number.NaN, 2, Number.NaN, 3].entries())
    gauge.record(value, { repository });
  expect(values()).toEqual([1, 2, 3, Number.NaN, Number.NaN]);
});

test('a value on a bound belongs to the bucket below it', () => {
  const { meter, values } = createMeter();
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 5, 10] } });
  for (const value of [0, 1, 1.5, 5, 10, 10.5]) histogram.record(value);
  expect(values()).toEqual([
    { buckets: { boundaries: [1, 5, 10], counts: [2, 2, 1, 1] }, count: 6, sum: 28, min: 0, max: 10.5 },
  ]);
});

test.each([[[1, 1]], [[2, 1]], [[Number.NaN]], [[0, Number.POSITIVE_INFINITY]]])(
  'bounds %j are not in rising order: the default ones are used, and it is said',
  (bounds) => {
    const { meter, said, values } = createMeter();
    meter.createHistogram('h', { advice: { explicitBucketBoundaries: bounds } }).record(7);
    expect(said[0]).toMatch(
      /^h: explicitBucketBoundaries are \[.*\]; allowed: finite numbers in rising order/,
    );
    expect(values()).toMatchObject([{ buckets: { boundaries: expect.arrayContaining([2500, 10_000]) } }]);
  },
);

/** What each kind refuses. A dropped value must leave no trace but the complaint. */
test.each([
  ['createCounter', {}, -1, 'jobs: the value -1 was dropped; allowed: 0 or more'],
  ['createCounter', {}, Number.NaN, 'jobs: the value NaN was dropped; allowed: a finite number'],
  [
    'createCounter',
    {},
    Number.POSITIVE_INFINITY,
    'jobs: the value Infinity was dropped; allowed: a finite number',
  ],
  [
    'createCounter',
    INT,
    2 ** 60,
    `jobs: the value ${2 ** 60} was dropped; allowed: an integer up to ${LARGEST}`,
  ],
  [
    'createUpDownCounter',
    INT,
    -(2 ** 60),
    `jobs: the value ${-(2 ** 60)} was dropped; allowed: an integer up to ${LARGEST}`,
  ],
] as const)('%s %j refuses %s', (create, options, value, sentence) => {
  const { meter, said, values, measured } = createMeter();
  meter[create]('jobs', options).add(value);
  expect(values()).toEqual([]);
  expect(measured()).toBe(0);
  expect(said).toEqual([`${sentence} (said once)`]);
});

test('what is no number at all is dropped', () => {
  const { meter, said, values } = createMeter();
  const add: unknown = meter.createCounter('jobs').add.bind(meter.createCounter('jobs'));
  for (const value of ['1', null, undefined, 1n, {}]) if (typeof add === 'function') add(value);
  expect(values()).toEqual([]);
  expect(said[0]).toBe('jobs: a string was dropped; allowed: a finite number (said once)');
});

test('an integer instrument cuts fractions off, towards zero, and says so', () => {
  const { meter, said, values } = createMeter();
  const level = meter.createUpDownCounter('level', INT);
  level.add(2.9);
  level.add(-1.9);
  expect(values()).toEqual([1]);
  expect(said).toEqual([
    'level: 2.9 is not an integer; its fraction is cut off (said once)',
    expect.stringContaining('-1.9'),
  ]);
});

test('a sum that could not be carried exactly refuses the value that would break it', () => {
  const { meter, said, values } = createMeter();
  const integers = meter.createCounter('i', INT);
  const doubles = meter.createCounter('d');
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [] } });
  integers.add(LARGEST);
  integers.add(1);
  for (let i = 0; i < 2; i += 1) {
    doubles.add(Number.MAX_VALUE);
    histogram.record(Number.MAX_VALUE);
  }
  const { MAX_VALUE } = Number;
  expect(values()).toEqual([
    LARGEST,
    MAX_VALUE,
    { buckets: { boundaries: [], counts: [1] }, count: 1, sum: MAX_VALUE, min: MAX_VALUE, max: MAX_VALUE },
  ]);
  expect(said[0]).toBe(
    `i: the value 1 was dropped; allowed: a value that keeps the sum of a batch within ${LARGEST} (said once)`,
  );
});

test('the same instrument is created once, whatever the case of its name', () => {
  const { meter, said, values } = createMeter();
  meter.createCounter('jobs').add(1);
  meter.createCounter('JOBS').add(1);
  expect(values()).toEqual([2]);
  expect(said).toEqual([]);
});

test('instruments of one name and kind are counted together, and what differs is said', () => {
  const { meter, said, values } = createMeter();
  meter.createCounter('jobs').add(1);
  meter.createCounter('Jobs', { description: 'Jobs.' }).add(2);
  meter.createCounter('jobs', INT).add(4);
  expect(values()).toEqual([7]);
  expect(said).toEqual([
    'counter Jobs was created twice with different description; the first definition is used for both. Make them the same, or rename one (said once)',
    'counter jobs was created twice with different value type; the first definition is used for both. Make them the same, or rename one (said once)',
  ]);
});

test('the bounds of the first histogram of a name count', () => {
  const { meter, said, values } = createMeter();
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } }).record(1);
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: [2] } }).record(2);
  expect(values()).toMatchObject([{ count: 2, buckets: { boundaries: [1], counts: [1, 1] } }]);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('different bounds');
});

test('instruments of two units are both sent, and it is said that receivers add them up', () => {
  const { meter, said, values } = createMeter();
  meter.createCounter('jobs').add(1);
  meter.createCounter('jobs', { unit: '{job}' }).add(2);
  expect(values()).toEqual([1, 2]);
  expect(said).toEqual([
    'counter jobs was created twice, with the units "" and "{job}"; receivers will add them together. Use one unit, or rename one (said once)',
  ]);
});

test.each([
  ['jobs', 'jobs'],
  ['jobs', 'JOBS'],
  ['jobs.done', 'jobs_done'],
])(
  'of a counter %s and a gauge %s, which receivers show as one metric, the gauge is refused',
  (one, other) => {
    const { meter, said, values } = createMeter();
    meter.createCounter(one).add(1);
    meter.createGauge(other).record(5);
    meter.createCounter(one).add(1);
    expect(values()).toEqual([2]);
    expect(said).toEqual([
      `gauge ${other} records nothing, because receivers cannot tell it from the counter ${one}; rename one (said once)`,
    ]);
  },
);

test.each(['', '1st', 'a b', 'ä', 'x'.repeat(256)])(
  'the name "%s" records nothing, and it is said',
  (name) => {
    const { meter, said, values } = createMeter();
    meter.createCounter(name).add(1);
    meter.createHistogram(name).record(1);
    expect(values()).toEqual([]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('is invalid; allowed: a letter, then up to 254 letters, digits, _ . - /');
  },
);

test('options of a host without types do no harm: null is none, a unit becomes text, an unknown value type a double', () => {
  const { meter, values } = createMeter();
  const create: unknown = meter.createCounter.bind(meter);
  if (typeof create !== 'function') throw new Error('a method is a function');
  create('a', null).add(1.5);
  create('b', { unit: 7, description: null, valueType: 'int' }).add(1.5);
  expect(values()).toEqual([1.5, 1.5]);
});

test('a round of callbacks is measured once, however many observe', () => {
  const { meter, callbacks, measured } = createMeter();
  for (const name of ['a', 'b', 'c'])
    meter.createObservableGauge(name).addCallback((result) => result.observe(1));
  expect(measured()).toBe(3);
  void callbacks.observe(0);
  expect(measured()).toBe(4);
  callbacks.observeLast();
  expect(measured()).toBe(5);
});
