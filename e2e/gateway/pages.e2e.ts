/** The pages that are scraped: a program whose labels have no end makes none of them too large. */
import { MERGE_METRICS } from '@ephemetry/contract';
import { type ExposedSample, queryPrometheus, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { type Gateway, sumOf } from '../support/gateway.ts';
import { batchOf, counterOf, gaugeOf, histogramOf, pointNow } from '../support/hostile-requests.ts';
import { showsRefused, startLaptopGateway } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';
import { remembers } from '../support/remembers.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Above what the catalogue has. */
const LIMITS = { counters: 3_000, wide: 20, histograms: 1_000, gauges: 800, wideGauges: 10 };
const ENV = {
  // Thousands of series take a while to scrape on a busy machine.
  GATEWAY_SCRAPE_INTERVAL: '4s',
  GATEWAY_SCRAPE_TIMEOUT: '4s',
  GATEWAY_MAX_SERIES: String(LIMITS.counters),
  GATEWAY_MAX_WIDE_SERIES: String(LIMITS.wide),
  GATEWAY_MAX_HISTOGRAMS: String(LIMITS.histograms),
  GATEWAY_MAX_GAUGES: String(LIMITS.gauges),
  GATEWAY_MAX_WIDE_GAUGES: String(LIMITS.wideGauges),
};
const PER_BATCH = 500;
const seconds = { count: '1', sum: 1, explicitBounds: [5], bucketCounts: ['1', '0'] };

/** Of a program that is there before the flood, and after it. */
function honest(run: string): string {
  return batchOf(
    run,
    [
      counterOf('innocent_total', pointNow({ asInt: '1' })),
      histogramOf('innocent_seconds', pointNow(seconds)),
    ],
    { 'service.name': 'honest' },
  );
}

/** So many series, each with a label of its own; the label is as long as that. */
function flood(
  count: number,
  labelBytes: number,
  metric: (points: readonly object[]) => object,
  service = 'flood',
): string[] {
  const bodies: string[] = [];
  for (let from = 0; from < count; from += PER_BATCH) {
    const labels = Array.from({ length: Math.min(PER_BATCH, count - from) }, (_, n) =>
      `${from + n}`.padEnd(labelBytes, 'x'),
    );
    const points = labels.map((end) =>
      pointNow({ ...seconds, bucketCounts: ['1', '0'], asInt: '1' }, { end }),
    );
    bodies.push(batchOf(crypto.randomUUID(), [metric(points)], { 'service.name': service }));
  }
  return bodies;
}

const FLOOD = [
  // First, while there is room for others.
  ...flood(100, 10, (points) => counterOf('named_total', ...points), 'n'.repeat(1_500)),
  ...flood(6_000, 10, (points) => counterOf('flood_total', ...points)),
  ...flood(100, 2_000, (points) => counterOf('wide_total', ...points)),
  ...flood(2_000, 10, (points) => histogramOf('flood_seconds', ...points)),
  ...flood(2_000, 10, (points) => gaugeOf('flood_depth', ...points)),
  // A name that the contract declares to last, with labels that it does not know.
  ...flood(2_000, 10, (points) => gaugeOf(MERGE_METRICS.firstPass.name, ...points)),
];

async function scrapes(stack: Stack): Promise<Readonly<Record<string, number>>> {
  const up = await queryPrometheus(stack.prometheus.url, 'up{job=~"ephemetry-.*"}');
  return Object.fromEntries(up.map(({ labels, value }) => [labels['job'] ?? '', value]));
}

async function becomes(stack: Stack, wanted: Readonly<Record<string, number>>): Promise<void> {
  let last: object = {};
  const isSo = async (): Promise<boolean> => {
    last = await scrapes(stack);
    return Object.entries(wanted).every(([job, value]) =>
      Object.entries(last).some(([j, v]) => j === job && v === value),
    );
  };
  await waitFor(isSo, {
    what: `scrapes to be ${JSON.stringify(wanted)}`,
    deadlineMs: 60_000,
    describe: () => JSON.stringify(last),
  });
}

function countOf(samples: readonly ExposedSample[], name: string): number {
  return samples.filter((sample) => sample.name === name).length;
}

const ALL = {
  'ephemetry-totals': 1,
  'ephemetry-histograms': 1,
  'ephemetry-results': 1,
  'ephemetry-readings': 1,
  'ephemetry-gateway': 1,
};

test('series without end are cut and counted, kind by kind; others stay exact and are scraped, also after a restart', async (t) => {
  const stack = await startStack(t, { env: ENV });
  await postAll(stack.gateway.endpoint, [honest('before')], 1);
  await stack.settled();
  await postAll(stack.gateway.endpoint, FLOOD, 4);
  await postAll(stack.gateway.endpoint, [honest('after')], 1);
  await stack.settled();
  await becomes(stack, ALL);
  const total = async (name: string): Promise<number> =>
    (await queryPrometheus(stack.prometheus.url, `${name}{job="honest"}`)).reduce(
      (sum, { value }) => sum + value,
      0,
    );
  expect([await total('innocent_total'), await total('innocent_seconds_count')]).toEqual([2, 2]);

  const shown = await stack.gateway.totals();
  expect(countOf(shown, 'flood_total')).toBeLessThan(LIMITS.counters);
  expect(countOf(shown, 'wide_total') + countOf(shown, 'named_total')).toBe(LIMITS.wide);
  expect(countOf(shown, 'flood_seconds_count')).toBeLessThan(LIMITS.histograms);
  expect(countOf(shown, MERGE_METRICS.firstPass.name)).toBe(LIMITS.gauges);
  expect(countOf(await stack.gateway.readings(), 'flood_depth')).toBe(LIMITS.gauges);
  expect(shown.filter(({ labels }) => 'ephemetry_wide' in labels)).toEqual([]);
  const dropped = sumOf(await stack.gateway.ownMetrics(), 'otelcol_deltatocumulative_datapoints', /^limit$/);
  const kept = ['flood_total', 'wide_total', 'named_total', 'flood_seconds_count'].reduce(
    (sum, name) => sum + countOf(shown, name),
    0,
  );
  // What a busy gateway reads in its notes again is counted once more.
  expect(dropped + kept + 2 * LIMITS.gauges).toBeGreaterThanOrEqual(6_000 + 200 + 2_000 + 2 * 2_000);

  // The notes have all of the flood, and what was kept shows 0 again: within the same limits.
  await stack.gateway.service.kill('SIGKILL');
  await stack.gateway.start();
  await remembers(stack.gateway);
  await postAll(stack.gateway.endpoint, [honest('restarted')], 1);
  await stack.settled();
  const again = await stack.gateway.totals();
  expect(countOf(again, 'flood_total')).toBeLessThan(LIMITS.counters);
  expect(countOf(again, 'wide_total') + countOf(again, 'named_total')).toBeLessThanOrEqual(LIMITS.wide);
  expect(countOf(again, 'flood_seconds_count')).toBeLessThan(LIMITS.histograms);
  await becomes(stack, ALL);
}, 300_000);

/** What both kinds of gauges share: names of one that lasts, and of one that does not. */
const GAUGES = [MERGE_METRICS.firstPass.name, 'flood_depth'] as const;

async function gaugesOf(gateway: Gateway): Promise<readonly ExposedSample[]> {
  const shown = [await gateway.totals(), await gateway.readings()].flat();
  return shown.filter(({ name }) => GAUGES.some((gauge) => gauge === name));
}

test('gauges without end are cut and counted, narrow and wide ones; those that are there go on, by their own time', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_MAX_GAUGES: '30', GATEWAY_MAX_WIDE_GAUGES: '10' });
  const gauge = (name: string, asDouble: number, timeUnixNano: bigint): string =>
    batchOf(crypto.randomUUID(), [gaugeOf(name, pointNow({ asDouble, timeUnixNano: `${timeUnixNano}` }))]);
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const first = GAUGES.map((name) => gauge(name, 5, nowNano));
  await postAll(gateway.endpoint, first, 1);
  await gateway.merged();
  const floods = GAUGES.flatMap((name) => [
    ...flood(200, 10, (points) => gaugeOf(name, ...points)),
    ...flood(100, 2_000, (points) => gaugeOf(name, ...points)),
  ]);
  await postAll(gateway.endpoint, floods, 1);
  const later = GAUGES.map((name) => gauge(name, 3, nowNano + 1_000_000_000n));
  const older = GAUGES.map((name) => gauge(name, 7, nowNano - 1_000_000_000n));
  await postAll(gateway.endpoint, [...later, ...older], 1);
  await gateway.merged();
  const shown = await gaugesOf(gateway);
  expect(shown.length).toBe(2 * (30 + 10));
  expect(shown.filter(({ labels }) => !('end' in labels)).map(({ value }) => value)).toEqual([3, 3]);
  expect(shown.filter(({ labels }) => 'ephemetry_wide' in labels)).toEqual([]);
  const dropped = sumOf(await gateway.ownMetrics(), 'otelcol_deltatocumulative_datapoints', /^limit$/);
  expect(dropped).toBe(2 * (200 + 100 + 1 - 40));
}, 120_000);

test('what a restart remembers and what comes after it share one limit', async (t) => {
  const catalogue = { GATEWAY_SERIES_GLOB: '/nothing/*.json' };
  const limits = {
    GATEWAY_MAX_SERIES: '50',
    GATEWAY_MAX_WIDE_SERIES: '10',
    GATEWAY_MAX_HISTOGRAMS: '20',
    GATEWAY_MAX_GAUGES: '30',
  };
  const gateway = await startLaptopGateway(t, { ...catalogue, ...limits });
  const floods = (prefix: string): readonly string[] => [
    ...flood(100, 10, (points) => counterOf(`${prefix}_total`, ...points)),
    ...flood(100, 2_000, (points) => counterOf(`${prefix}_wide_total`, ...points)),
    ...flood(100, 10, (points) => histogramOf(`${prefix}_seconds`, ...points)),
  ];
  await postAll(gateway.endpoint, floods('before'), 1);
  await gateway.merged();
  await gateway.service.kill('SIGKILL');
  await gateway.start();
  await remembers(gateway);
  await gateway.merged();
  await postAll(gateway.endpoint, floods('after'), 1);
  await gateway.merged();
  const shown = await gateway.totals();
  const count = (name: string): number => countOf(shown, `before_${name}`) + countOf(shown, `after_${name}`);
  expect([count('total'), count('wide_total'), count('seconds_count')]).toEqual([50, 10, 20]);
}, 120_000);

function histogramWith(explicitBounds: readonly number[], labelBytes: number, service: string): string {
  const point = { count: '1', sum: 0, explicitBounds, bucketCounts: ['1', ...explicitBounds.map(() => '0')] };
  const metric = histogramOf('wide_seconds', pointNow(point, { label: 'x'.repeat(labelBytes) }));
  return batchOf(crypto.randomUUID(), [metric], { 'service.name': service });
}

function risingBounds(count: number, step: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n * step);
}

test('a histogram whose buckets take more than 64 KiB on its page is refused and counted, whichever label is long', async (t) => {
  const stack = await startStack(t);
  const bodies = [
    histogramWith(risingBounds(256, 1), 20, 'fits'),
    histogramWith(risingBounds(256, 1), 500, 'label'),
    histogramWith(risingBounds(256, 1), 20, 'n'.repeat(500)),
    histogramWith(risingBounds(512, 1), 20, 'bounds'),
  ];
  await postAll(stack.gateway.endpoint, bodies, 1);
  await stack.settled();
  await showsRefused(stack.gateway, 'oversized', 3);
  const shown = await queryPrometheus(stack.prometheus.url, 'wide_seconds_count');
  expect(shown.map(({ labels }) => labels['job'])).toEqual(['fits']);
});

test('bounds of any length are told apart, and take no more than their name on each line', async (t) => {
  const stack = await startStack(t);
  // 17 digits each.
  const bounds = risingBounds(200, 0.123_456_789_012_345_66);
  const bodies = [bounds, bounds, bounds.slice(1)].map((each) => histogramWith(each, 20, 'long'));
  await postAll(stack.gateway.endpoint, bodies, 1);
  await stack.settled();
  const shown = await queryPrometheus(stack.prometheus.url, 'wide_seconds_count');
  expect(shown.map(({ value }) => value).toSorted((left, right) => left - right)).toEqual([1, 2]);
  expect(shown.every(({ labels }) => /^[0-9a-f]{32}$/.test(labels['histogram_bounds'] ?? ''))).toBe(true);
});
