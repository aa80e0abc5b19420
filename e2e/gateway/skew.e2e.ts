import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { refusedFor, showsRefused } from '../support/laptop-gateway.ts';
import { runLoad } from '../support/load.ts';
import { planRuns } from '../support/plan.ts';
import { type Answer, post } from '../support/post.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { type SeriesValues, truthOf } from '../support/truth.ts';

const LABELS = { role: 'product', phase: 'discovery', group: 'factory' };
const SESSIONS = 'fab_agent_sessions_total{group="factory",job="fab",phase="discovery",role="product"}';
const DURATION =
  'fab_role_session_duration_seconds_count{group="factory",job="fab",phase="discovery",role="product"}';
const BOUNDS = [1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
const DELTA = 1;
const CUMULATIVE = 2;
const HOUR_MS = 3_600_000;

function attributes(values: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

let runs = 0;

/** The batch of a run of its own, as some version of some exporter writes it. */
function batch(metric: object, scope: object = { name: 'e2e' }): string {
  runs += 1;
  const identity = attributes({ 'service.name': 'fab', 'service.instance.id': `run-${runs}` });
  const sequence = { key: 'ephemetry.batch.sequence', value: { intValue: '1' } };
  const resource = { attributes: [...identity, sequence] };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [metric] }] }] });
}

function point(value: object, unixMs: number = Date.now()): object {
  const nano = (ms: number): string => `${ms}000000`;
  const times = { startTimeUnixNano: nano(unixMs - 50), timeUnixNano: nano(unixMs) };
  return { attributes: attributes(LABELS), ...times, ...value };
}

function counter(value: object, others: { name?: string; unit?: string; description?: string } = {}): object {
  const sum = { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [point(value)] };
  return { name: 'fab_agent_sessions_total', unit: '{session}', description: 'Sessions', ...others, sum };
}

function histogram(bounds: readonly number[], sum: number | string = 0.5): object {
  const bucketCounts = ['1', ...bounds.map(() => '0')];
  const dataPoints = [point({ count: '1', sum, explicitBounds: bounds, bucketCounts })];
  const data = { aggregationTemporality: DELTA, dataPoints };
  return { name: 'fab_role_session_duration_seconds', unit: 's', histogram: data };
}

async function send(stack: Stack, bodies: readonly string[]): Promise<readonly Answer[]> {
  return Promise.all(bodies.map((body) => post(stack.gateway.endpoint, body)));
}

test('runs of older and newer exporters add up, whatever number type, unit, description or scope they give', async (t) => {
  const stack = await startStack(t);
  const bodies = Array.from({ length: 10 }, () => [
    batch(counter({ asInt: '5' })),
    batch(counter({ asDouble: 5 })),
    batch(counter({ asInt: '0' })),
    batch(counter({ asInt: '5' }, { unit: '1', description: 'Other words' }), {
      name: 'e2e',
      version: '2.0.0',
    }),
  ]).flat();
  await send(stack, bodies);
  expect((await stack.settled()).get(SESSIONS)).toBe(150);
});

test('a histogram with one more bound is refused and counted; those with the contract’s bounds stay exact', async (t) => {
  const stack = await startStack(t);
  const bodies = Array.from({ length: 10 }, () => [
    batch(histogram(BOUNDS)),
    batch(histogram([...BOUNDS, 14_400])),
  ]).flat();
  await send(stack, bodies);
  expect((await stack.settled()).get(DURATION)).toBe(10);
  await showsRefused(stack.gateway, 'foreign_bounds', 10);
});

interface Refusal {
  readonly name: string;
  readonly reason: string;
  readonly metric: () => object;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a cumulative point',
    reason: 'not_delta',
    metric: () => ({
      name: 'fab_agent_sessions_total',
      sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: [point({ asInt: '1000' })] },
    }),
  },
  {
    name: 'an exponential histogram',
    reason: 'unsupported',
    metric: () => ({
      name: 'fab_role_session_duration_seconds',
      exponentialHistogram: {
        aggregationTemporality: DELTA,
        dataPoints: [point({ count: '1', sum: 1, scale: 0, zeroCount: '1' })],
      },
    }),
  },
  { name: 'NaN', reason: 'not_a_number', metric: () => counter({ asDouble: 'NaN' }) },
  { name: 'infinity', reason: 'not_a_number', metric: () => counter({ asDouble: 'Infinity' }) },
  { name: 'a histogram whose sum is NaN', reason: 'not_a_number', metric: () => histogram(BOUNDS, 'NaN') },
  { name: 'a negative delta of a counter', reason: 'negative', metric: () => counter({ asInt: '-7' }) },
];

test('what cannot be merged is refused and counted, each by its reason', async (t) => {
  const stack = await startStack(t);
  await send(stack, [batch(counter({ asInt: '3' })), batch(histogram(BOUNDS))]);
  for (const { name, reason, metric } of REFUSALS) {
    const before = await refusedFor(stack.gateway, reason);
    await send(stack, [batch(metric())]);
    const refused = (): Promise<number> => refusedFor(stack.gateway, reason, 'fab');
    await expect.poll(refused, { message: `${name}, refused as ${reason}` }).toBe(before + 1);
  }
  const unidentified = {
    name: 'x_total',
    sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [point({ asInt: '1' })] },
  };
  await send(stack, [JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [unidentified] }] }] })]);
  await send(stack, [batch(counter({ asInt: '4' }))]);
  const series = await stack.settled();
  await showsRefused(stack.gateway, 'unidentified', 1);
  expect([series.get(SESSIONS), series.get(DURATION)]).toEqual([7, 1]);
});

test('malformed input is answered with 400 and counted by nobody', async (t) => {
  const stack = await startStack(t);
  const answers = await send(stack, [
    '{',
    '[]',
    '{"resourceMetrics": 5}',
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":"x"}]}]}]}',
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  await send(stack, [batch(counter({ asInt: '3' }))]);
  expect((await stack.settled()).get(SESSIONS)).toBe(3);
});

test('clocks that are two hours off, a gauge, a batch of almost 4 MiB: all are counted', async (t) => {
  // Four MiB of series take a while to scrape on a busy machine.
  const env = { GATEWAY_SCRAPE_INTERVAL: '4s', GATEWAY_SCRAPE_TIMEOUT: '4s' };
  const stack = await startStack(t, { env });
  const at = (unixMs: number): object => ({
    name: 'fab_agent_sessions_total',
    sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [point({ asInt: '1' }, unixMs)] },
  });
  const now = Date.now();
  await send(stack, [
    batch(at(now)),
    batch(at(now - 2 * HOUR_MS)),
    batch(at(now + 2 * HOUR_MS)),
    batch(at(now)),
  ]);
  await send(stack, [
    batch({ name: 'fab_queue_depth', gauge: { dataPoints: [point({ asInt: '12' }, now)] } }),
  ]);
  await send(stack, [
    batch({ name: 'fab_queue_depth', gauge: { dataPoints: [point({ asInt: '9' }, now - 1_000)] } }),
  ]);
  const dataPoints = Array.from({ length: 10_000 }, (_, index) => ({
    ...point({ asInt: '1' }),
    attributes: attributes({ part: String(index), padding: 'x'.repeat(200) }),
  }));
  const sum = { aggregationTemporality: DELTA, isMonotonic: true, dataPoints };
  const big = batch({ name: 'big_total', sum });
  expect(big.length).toBeGreaterThan(3.5 * 2 ** 20);
  const [answer] = await send(stack, [big]);
  expect(answer?.status).toBe(200);
  const series = await stack.settled();
  expect(series.get(SESSIONS)).toBe(4);
  expect(sumWith(series, 'fab_queue_depth{')).toBe(12);
  expect(sumWith(series, 'big_total{')).toBe(10_000);
});

test('a flood of 10,000 label values is cut at the limit; other series stay exact, memory stays bounded', async (t) => {
  const stack = await startStack(t, { env: { GATEWAY_MAX_SERIES: '4000' } });
  await stack.scraped();
  const before = sumOf(await stack.gateway.ownMetrics(), 'otelcol_process_memory_rss');
  for (let sent = 0; sent < 10_000; sent += 1_000) {
    const dataPoints = Array.from({ length: 1_000 }, (_, index) => ({
      ...point({ asInt: '1' }),
      attributes: attributes({ role: `flood-${sent + index}` }),
    }));
    const sum = { aggregationTemporality: DELTA, isMonotonic: true, dataPoints };
    await send(stack, [batch({ name: 'flood_total', sum })]);
  }
  const runs = planRuns(10, 23);
  const { endpoint } = stack.gateway;
  const spoolDir = join(stack.directory, 'spool');
  await runLoad({ runs, endpoint, spoolDir, atATime: 4 });
  // On a busy machine a run may end before the gateway's answer.
  await drain({ endpoint, spoolDir, env: {} });
  const series = await stack.settled();
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  for (const [name, value] of truth) expect(series.get(name), name).toBe(value);
  const own = await stack.gateway.ownMetrics();
  const dropped = sumOf(own, 'otelcol_deltatocumulative_datapoints', /^limit$/);
  const flooded = [...series.keys()].filter((name) => name.startsWith('flood_total{')).length;
  const grownMiB = (sumOf(own, 'otelcol_process_memory_rss') - before) / 2 ** 20;
  console.log(
    `${flooded} series of the flood kept, ${dropped} points dropped and counted, ${grownMiB.toFixed(0)} MiB more`,
  );
  // Each is shown or counted; what a busy gateway reads in its notes again is counted once more.
  expect(flooded + dropped).toBeGreaterThanOrEqual(10_000);
  expect(dropped).toBeGreaterThan(0);
  expect(grownMiB).toBeLessThan(300);
});

function sumWith(series: SeriesValues, prefix: string): number {
  return [...series].filter(([name]) => name.startsWith(prefix)).reduce((sum, [, value]) => sum + value, 0);
}
