import { join } from 'node:path';
import { drain, readSpoolStatus } from '@ephemetry/exporter';
import { freePorts, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { batchOf, counterOf, pointNow } from '../support/hostile-requests.ts';
import { runLoad } from '../support/load.ts';
import { planRuns } from '../support/plan.ts';
import { post } from '../support/post.ts';
import { riseOf } from '../support/rise.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { differences, truthOf } from '../support/truth.ts';

/** Two ways in which a gateway cannot take more, as variables of its configuration. */
const LIMITS = [
  {
    name: 'whose queue is full',
    // Nobody listens behind the queue, so that it only grows.
    variables: (closed: number) => ({
      // No queue may be smaller than what it sends at once.
      GATEWAY_QUEUE_BYTES: '600000',
      GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${closed}`,
    }),
    fill: fillQueue,
  },
  {
    name: 'at its memory limit',
    variables: () => ({ GATEWAY_MEMORY_LIMIT_MIB: '20', GATEWAY_MEMORY_SPIKE_MIB: '10' }),
    fill: async () => {},
  },
] as const;

test.for(LIMITS)(
  'a gateway $name refuses, the exporter spools, a later drain delivers',
  async ({ variables, fill }, t) => {
    const [closed = 0] = await freePorts(1);
    const stack = await startStack(t, { env: variables(closed) });
    await fill(stack);
    const runs = planRuns(24, 13);
    const spoolDir = join(stack.directory, 'spool');
    // The answer arrives in time, also on a busy machine.
    const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
    await runLoad({ runs, endpoint: stack.gateway.endpoint, spoolDir, atATime: 4, env });
    const { batches } = readSpoolStatus({ spoolDir, env: {} });
    console.log(`${batches} of ${runs.length} batches were refused and are in the spool`);
    expect(batches).toBeGreaterThan(0);
    // Before its first scrape, 5 s after the start: what it merged goes to AMP with the last totals.
    await stack.gateway.service.stop();
    // What it took before it was full is in its queue, and is delivered now that its way is free.
    await stack.gateway.start({});
    const report = await drain({ spoolDir, endpoint: stack.gateway.endpoint, env: {} });
    expect(report).toMatchObject({ delivered: batches, spooled: 0, rejected: 0 });
    const truth = truthOf(runs.flatMap((run) => run.measurements));
    await stack.settled();
    // The rise, not the last value: the limited gateway may have shown some already. It has what the full queue held too,
    // merged before the first scrape: the zeros of the start come before it.
    expect(differences(await riseOf(stack.prometheus), truth)).toEqual([]);
  },
);

/** Leaves room for the batches of a few runs. The catalogue is in the queue already. */
async function fillQueue({ gateway }: Stack): Promise<void> {
  const ofQueue = async (name: string): Promise<number> =>
    sumOf(await gateway.ownMetrics(), `otelcol_exporter_queue_${name}`, /^otlp_http.queue$/);
  const isAnnounced = async (): Promise<boolean> => (await ofQueue('size')) > 0;
  await waitFor(isAnnounced, { what: 'the catalogue to be queued', deadlineMs: 60_000 });
  const free = (await ofQueue('capacity')) - (await ofQueue('size'));
  const padding = 'x'.repeat(900);
  // A point is below a kilobyte.
  const points = Array.from({ length: Math.floor((free - 10_000) / 1_000) }, (_, part) =>
    pointNow({ asInt: '1' }, { part: String(part), padding }),
  );
  const body = batchOf('filler', [counterOf('filler_total', ...points)]);
  expect((await post(gateway.endpoint, body)).status).toBe(200);
}
