/** Gauges that have no value any more: what lasted ends, on the pages and in both stores, in whatever order it comes. */
import { MERGE_METRICS } from '@ephemetry/contract';
import { type ExposedSample, queryPrometheus, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import type { Gateway } from '../support/gateway.ts';
import { batchOf, counterOf, gaugeOf, pointNow } from '../support/hostile-requests.ts';
import { refusedFor, startLaptopGateway } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';
import { remembers } from '../support/remembers.ts';
import { startStack } from '../support/stack.ts';
import { startVictoriaStack } from '../support/victoria-stack.ts';

const RESULT = MERGE_METRICS.rebaseConflictProjects.name;
const READING = 'x_depth';
const NAMES = [RESULT, READING] as const;

/** What OTLP has for a point without a value, and what an SDK of OpenTelemetry sends of NaN. */
const WITHOUT_VALUE = [{ flags: 1 }, { asDouble: 'NaN' }] as const;

/** One point of both gauges, so long ago. */
function measured(agoSeconds: number, value: object, state = 'high'): string {
  const timeUnixNano = `${Date.now() - agoSeconds * 1_000}000000`;
  const gauges = NAMES.map((name) => gaugeOf(name, pointNow({ ...value, timeUnixNano }, { state })));
  const counter = counterOf('x_total', pointNow({ asInt: '1' }));
  return batchOf(crypto.randomUUID(), [...gauges, counter], { 'service.name': 'measured' });
}

async function pages(gateway: Gateway): Promise<readonly ExposedSample[]> {
  return [await gateway.totals(), await gateway.readings()].flat();
}

type Shown = Readonly<Record<string, number>>;

/** Values of both gauges by the label `state`. */
async function shown(gateway: Gateway): Promise<Shown> {
  const gauges = (await pages(gateway)).filter(({ name }) => NAMES.some((gauge) => gauge === name));
  return Object.fromEntries(gauges.map(({ name, labels, value }) => [`${name} ${labels['state']}`, value]));
}

function bothAre(value: number, state = 'high'): Shown {
  return Object.fromEntries(NAMES.map((name) => [`${name} ${state}`, value]));
}

test.for(WITHOUT_VALUE)(
  'a gauge that ends with %j is NaN on its page, whatever comes late and after a restart, until it has a newer value',
  async (ended, t) => {
    const gateway = await startLaptopGateway(t);
    const low = bothAre(1, 'low');
    await postAll(gateway.endpoint, [measured(100, { asInt: '5' }), measured(100, { asInt: '1' }, 'low')], 1);
    await gateway.merged();
    expect(await shown(gateway)).toEqual({ ...bothAre(5), ...low });
    // With another series of the metric in the same batch, and an older value after it.
    await postAll(gateway.endpoint, [measured(40, ended), measured(80, { asInt: '7' })], 1);
    await gateway.merged();
    expect(await shown(gateway)).toEqual({ ...bothAre(Number.NaN), ...low });
    expect(await refusedFor(gateway, 'no_value')).toBe(0);

    await gateway.service.kill('SIGKILL');
    await gateway.start();
    await remembers(gateway);
    await gateway.merged();
    const lasting = ({ [`${RESULT} high`]: high, [`${RESULT} low`]: other }: Shown): unknown => [high, other];
    await expect.poll(async () => lasting(await shown(gateway))).toEqual([Number.NaN, 1]);
    await postAll(gateway.endpoint, [measured(20, { asDouble: 3.5 })], 1);
    await gateway.merged();
    expect(lasting(await shown(gateway))).toEqual([3.5, 1]);
  },
);

test('in Prometheus the series of a gauge without a value ends at once, also at SIGTERM, and goes on with its next value', async (t) => {
  const stack = await startStack(t);
  const query = async (): Promise<readonly (number | undefined)[]> =>
    await Promise.all(
      NAMES.map(async (name) => (await queryPrometheus(stack.prometheus.url, name))[0]?.value),
    );
  const becomes = (values: Awaited<ReturnType<typeof query>>): Promise<void> =>
    waitFor(async () => JSON.stringify(await query()) === JSON.stringify(values), {
      what: `the gauges to be ${JSON.stringify(values)}`,
      deadlineMs: 60_000,
    });
  await postAll(stack.gateway.endpoint, [measured(30, { asInt: '5' })], 1);
  await becomes([5, 5]);
  await postAll(stack.gateway.endpoint, [measured(20, { flags: 1 })], 1);
  await becomes([undefined, undefined]);
  await postAll(stack.gateway.endpoint, [measured(10, { asInt: '6' })], 1);
  await becomes([6, 6]);
  await postAll(stack.gateway.endpoint, [measured(5, { asDouble: 'NaN' })], 1);
  await becomes([undefined, undefined]);
  await stack.gateway.service.stop();
  expect(await query()).toEqual([undefined, undefined]);
});

test('in VictoriaMetrics it ends when it said so, at its own time', async (t) => {
  const stack = await startVictoriaStack(t);
  const newest = measured(100, { asInt: '6' });
  await postAll(stack.gateway.endpoint, [measured(300, { asInt: '5' }), measured(200, { flags: 1 })], 1);
  await stack.settled();
  const at = async (agoSeconds: number): Promise<number | undefined> => {
    const query = `default_rollup(${RESULT}[1h] offset ${agoSeconds}s)`;
    return (await queryPrometheus(stack.store.url, query))[0]?.value;
  };
  expect([await at(250), await at(150), await at(0)]).toEqual([5, undefined, undefined]);
  await postAll(stack.gateway.endpoint, [newest], 1);
  await stack.settled();
  expect([await at(250), await at(150), await at(50)]).toEqual([5, undefined, 6]);
});
