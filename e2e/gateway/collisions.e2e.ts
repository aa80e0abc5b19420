/**
 * Names and labels of programs that know nothing of each other, and that Prometheus cannot tell apart: each is shown, and
 * none takes another off the page that is scraped. Long because each case is a request written out.
 */
import { queryPrometheus, type Sample } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import {
  type AttributeValue,
  batchOf,
  batchWithLabel,
  counterOf,
  gaugeOf,
  histogramOf,
  honestBatch,
  pointNow,
  postProtobuf,
} from '../support/hostile-requests.ts';
import { postAll } from '../support/post.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Labels = Readonly<Record<string, AttributeValue>>;

let runs = 0;

/** A run of a program; `undefined` has no name. */
function sentBy(service: string | undefined, ...metrics: readonly object[]): string {
  runs += 1;
  return batchOf(`collides-${runs}`, metrics, service === undefined ? {} : { 'service.name': service });
}

const counter = (name: string, value: number, labels: Labels = {}): object =>
  counterOf(name, pointNow({ asInt: `${value}` }, labels));

const histogram = (name: string, value: number, labels: Labels = {}): object =>
  histogramOf(
    name,
    pointNow({ count: '1', sum: value, explicitBounds: [5], bucketCounts: ['1', '0'] }, labels),
  );

const upDown = (name: string, value: number): object => ({
  name,
  sum: { aggregationTemporality: 1, dataPoints: [pointNow({ asInt: `${value}` })] },
});

const gauge = (name: string, value: number): object => gaugeOf(name, pointNow({ asInt: `${value}` }));

interface Case {
  readonly name: string;
  readonly bodies: () => readonly string[];
  /** Of a series: what the only sample, or the sum of all, is. */
  readonly shown: Readonly<Record<string, number>>;
}

const NAMES: readonly Case[] = [
  {
    name: 'counters that are called like the parts of another program’s histogram',
    bodies: () => [
      sentBy('parts', counter('a_count', 3), counter('a_sum', 3), counter('a_bucket', 3)),
      sentBy('whole', histogram('a', 2)),
    ],
    shown: {
      'a_count{job="parts"}': 3,
      'a_sum{job="parts"}': 3,
      'a_bucket{job="parts"}': 3,
      'a_count{job="whole"}': 1,
      'a_sum{job="whole"}': 2,
      'a_bucket{job="whole",le="5"}': 1,
    },
  },
  {
    name: 'the same in one program',
    bodies: () => [sentBy('both', histogram('b', 2), counter('b_count', 7))],
    shown: { 'b_count{metric_type=""}': 1, 'b_count{metric_type="sum"}': 7, b_sum: 2 },
  },
  {
    name: 'a histogram that is called like the part of another',
    bodies: () => [
      sentBy('inner', histogram('c_count', 2)),
      sentBy('outer', histogram('c', 3)),
      sentBy('bucket', histogram('c_bucket', 4)),
    ],
    shown: { c_count: 1, c_sum: 3, c_count_histogram_sum: 2, c_bucket_histogram_sum: 4 },
  },
  {
    name: 'a counter and an up-down counter',
    bodies: () => [
      sentBy('up', counter('d', 5)),
      sentBy('down', upDown('d', -2)),
      sentBy('mixed', counter('d', 5), upDown('d', -2)),
    ],
    shown: { 'd{job="up"}': 5, 'd{job="down"}': -2, 'd{job="mixed"}': 3 },
  },
  {
    name: 'a gauge, a counter and a histogram',
    bodies: () => [sentBy('kinds', gauge('e', 9), counter('e', 4), histogram('e', 2))],
    shown: { 'e{instance="readings"}': 9, 'e{instance=""}': 4, e_sum: 2 },
  },
  {
    name: 'a program without a name, one with an empty name, and one called as these are',
    bodies: () => [
      sentBy(undefined, counter('f', 1)),
      sentBy('', counter('f', 2)),
      sentBy('unknown', counter('f', 4)),
    ],
    shown: { 'f{job="unknown"}': 7, f: 7 },
  },
  {
    name: 'a service in a namespace, and one that is called like both',
    bodies: () => [
      batchOf('spaced', [counter('g', 1)], { 'service.namespace': 'shop', 'service.name': 'cart' }),
      sentBy('shop/cart', counter('g', 2)),
      batchOf('empty-space', [counter('g', 4)], { 'service.namespace': '', 'service.name': 'cart' }),
    ],
    shown: { 'g{job="shop/cart"}': 3, 'g{job="cart"}': 4 },
  },
];

/** Each by itself and beside the other, in one point and in two: what is folded is added up. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['a.b', 'a_b'],
  ['a__b', 'a_b'],
  ['job', 'exported_job'],
  ['le', 'exported_le'],
  ['instance', 'exported_instance'],
  ['quantile', 'exported_quantile'],
  ['cluster', 'exported_cluster'],
  ['__name__', 'exported___name__'],
  ['__x', 'exported___x'],
  ['_x', 'key_x'],
  ['1x', '_1x'],
  ['metric_type', 'exported_metric_type'],
  ['ephemetry_wide', 'ephemetry.wide'],
  ['ephemetry.start', 'ephemetry_start'],
  ['histogram_bounds', 'histogram.bounds'],
  ['role', 'role'],
];

const LABELS: readonly Case[] = PAIRS.map(([one, other], pair) => {
  const name = `label_${pair}`;
  // A map would hold one of two keys that are the same.
  const twice = (metric: object): object =>
    JSON.parse(JSON.stringify(metric).replace(/("attributes":\[)(\{.*?\}\})(\])/, '$1$2,$2$3'));
  const each = (make: (name: string, value: number, labels: Labels) => object): readonly object[] => [
    make(name, 1, { [one]: 'x' }),
    make(name, 1, { [other]: 'y' }),
    make(name, 1, { [one]: 'x', [other]: 'y' }),
    make(name, 1, { [one]: 'y', [other]: 'x' }),
    twice(make(name, 1, { [one]: 'z' })),
  ];
  return {
    name: `labels ${one} and ${other}`,
    bodies: () => [
      ...each(counter).map((metric) => sentBy('labels', metric)),
      ...each(histogram).map((metric) => sentBy('labels', metric)),
    ],
    shown: { [name]: 5, [`${name}_count`]: 5, [`${name}_bucket{le="5"}`]: 5, [`${name}_sum`]: 5 },
  };
});

/** What a query shows, added up. */
async function shownIn({ prometheus }: Stack, series: string): Promise<number> {
  const samples: readonly Sample[] = await queryPrometheus(prometheus.url, series);
  return samples.reduce((sum, { value }) => sum + value, 0);
}

async function showsAll(t: TestContext, cases: readonly Case[]): Promise<void> {
  const stack = await startStack(t);
  const bodies = cases.flatMap((each) => each.bodies());
  await postAll(stack.gateway.endpoint, [...bodies, honestBatch('honest')], 4);
  await stack.settled();
  for (const { name, shown } of cases)
    for (const [series, value] of Object.entries(shown))
      expect.soft(await shownIn(stack, series), `${name}: ${series}`).toBe(value);
  expect(await shownIn(stack, 'innocent_total')).toBe(1);
}

test('metrics whose names collide are all shown', (t) => showsAll(t, NAMES));

test('labels that become one are added up, and take nothing down', (t) => showsAll(t, LABELS));

test('labels and names of services that are no UTF-8 harm nobody, now and at the end', async (t) => {
  const stack = await startStack(t);
  const bytes = [
    batchWithLabel(4, 0xff),
    batchWithLabel(3, 0xe2, Buffer.from([0x61, 0xff])),
    batchWithLabel(1, 0x80, Buffer.from([0xc3, 0x28])),
  ];
  for (const body of bytes) expect((await postProtobuf(stack.gateway.endpoint, body)).status).toBe(200);
  await postAll(stack.gateway.endpoint, [honestBatch('honest')], 1);
  await stack.settled();
  const jobs = (await queryPrometheus(stack.prometheus.url, 'x_total')).map(({ labels }) => labels['job']);
  expect(jobs.toSorted()).toEqual(['a\ufffd', 'unknown', '\ufffd(']);
  // What comes after the last scrape goes to AMP with all other totals, in one request.
  await postAll(stack.gateway.endpoint, [honestBatch('last')], 1);
  await stack.gateway.merged();
  await stack.gateway.service.stop();
  expect(await shownIn(stack, 'innocent_total')).toBe(2);
});
