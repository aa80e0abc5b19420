/** Gauges: the result of a last run is shown until there is a newer one, a reading of a program for 5 min. */
import { MERGE_METRICS } from '@ephemetry/contract';
import { queryPrometheus, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import type { Gateway } from '../support/gateway.ts';
import { batchOf, counterOf, gaugeOf, pointNow } from '../support/hostile-requests.ts';
import { startLaptopGateway } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';
import { startStack } from '../support/stack.ts';

const WITHIN = { GATEWAY_READINGS_WITHIN: '10s' };
const RESULT = MERGE_METRICS.firstPass.name;
const READING = MERGE_METRICS.newestAge.name;
const UNKNOWN_GAUGE = 'x_depth';

function measured(run: string, agoMs = 0): string {
  const timeUnixNano = `${Date.now() - agoMs}000000`;
  const gauges = [RESULT, READING, UNKNOWN_GAUGE].map((name) =>
    gaugeOf(name, pointNow({ asDouble: 0.5, timeUnixNano })),
  );
  return batchOf(run, [...gauges, counterOf('x_total', pointNow({ asInt: '1' }))], {
    'service.name': 'measured',
  });
}

function shown(gateway: Gateway): Promise<readonly string[]> {
  return Promise.all([gateway.totals(), gateway.readings()]).then((pages) =>
    pages
      .flat()
      .filter(({ labels }) => labels['job'] === 'measured')
      .map(({ name }) => name)
      .toSorted(),
  );
}

test('the gateway forgets a reading of a program, and every gauge that it does not know; results and totals stay', async (t) => {
  const gateway = await startLaptopGateway(t, WITHIN);
  await postAll(gateway.endpoint, [measured('first')], 1);
  const all = [RESULT, READING, UNKNOWN_GAUGE, 'x_total'].toSorted();
  await expect.poll(() => shown(gateway), { timeout: 9_500, interval: 100 }).toEqual(all);
  const kept = [RESULT, 'x_total'].toSorted();
  await expect.poll(() => shown(gateway)).toEqual(kept);
});

test('a reading that comes late, out of a spool, is not shown as one of now', async (t) => {
  const gateway = await startLaptopGateway(t, WITHIN);
  await postAll(gateway.endpoint, [measured('late', 60_000)], 1);
  await expect.poll(() => shown(gateway)).toEqual([RESULT, 'x_total'].toSorted());
  expect(await gateway.readings()).toEqual([]);
});

test('in Prometheus a forgotten reading ends at once, is not sent again at SIGTERM, and is no counter of its name', async (t) => {
  const stack = await startStack(t, { env: { GATEWAY_READINGS_WITHIN: '20s' } });
  // Of one program, so that they are one resource of the scrape.
  const gauges = Object.entries({ [UNKNOWN_GAUGE]: 7, y_depth: 3 }).map(([name, asDouble]) =>
    gaugeOf(name, pointNow({ asDouble })),
  );
  const both = [gauges, [counterOf(UNKNOWN_GAUGE, pointNow({ asInt: '2' }))]];
  const bodies = both.map((metrics, run) => batchOf(`both-${run}`, metrics));
  await postAll(stack.gateway.endpoint, [...bodies, measured('first')], 1);
  const query = (name: string): Promise<readonly (readonly [string | undefined, number])[]> =>
    queryPrometheus(stack.prometheus.url, name).then((series) =>
      series.map(({ labels, value }) => [labels['instance'], value] as const),
    );
  const became = (name: string, values: Awaited<ReturnType<typeof query>>): Promise<void> =>
    waitFor(async () => JSON.stringify(await query(name)) === JSON.stringify(values), {
      what: `${name} to be ${JSON.stringify(values)}`,
      deadlineMs: 60_000,
    });
  await became(`${UNKNOWN_GAUGE}{job!="measured"} > 5`, [['readings', 7]]);
  await became('y_depth', [['readings', 3]]);
  await became(READING, []);
  await became(`${UNKNOWN_GAUGE}`, [[undefined, 2]]);
  await stack.gateway.service.stop();
  expect(await query(READING)).toEqual([]);
  expect(await query(RESULT)).toEqual([[undefined, 0.5]]);
});
