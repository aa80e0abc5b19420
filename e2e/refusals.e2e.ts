import { join } from 'node:path';
import { drain, readSpoolStatus } from '@ephemetry/exporter';
import { freePorts } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { runLoad } from './load.ts';
import { planRuns } from './plan.ts';
import { riseOf } from './rise.ts';
import { startStack } from './stack.ts';
import { differences, truthOf } from './truth.ts';

/** Two ways in which a gateway cannot take more, as variables of its configuration. */
const LIMITS = [
  {
    name: 'whose queue is full',
    // Nobody listens behind the queue, so that it only grows.
    variables: (closed: number) => ({
      GATEWAY_QUEUE_BATCHES: '5',
      GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${closed}`,
    }),
  },
  {
    name: 'at its memory limit',
    variables: () => ({ GATEWAY_MEMORY_LIMIT_MIB: '20', GATEWAY_MEMORY_SPIKE_MIB: '10' }),
  },
] as const;

test.for(LIMITS)(
  'a gateway $name refuses, the exporter spools, a later drain delivers',
  async ({ variables }, t) => {
    const [closed = 0] = await freePorts(1);
    const stack = await startStack(t, { env: variables(closed) });
    const runs = planRuns(24, 13);
    const spoolDir = join(stack.directory, 'spool');
    // The answer arrives in time, also on a busy machine.
    const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
    await runLoad({ runs, endpoint: stack.gateway.endpoint, spoolDir, atATime: 4, env });
    const { batches } = readSpoolStatus({ spoolDir, env: {} });
    console.log(`${batches} of ${runs.length} batches were refused and are in the spool`);
    expect(batches).toBeGreaterThan(0);
    // Before its first scrape, 5 s after the start, a stop would lose what it took: preStop outlasts that too.
    await stack.scraped();
    await stack.gateway.service.stop();
    // What it took before it was full is in its queue, and is delivered now that its way is free.
    await stack.gateway.start({});
    const report = await drain({ spoolDir, endpoint: stack.gateway.endpoint, env: {} });
    expect(report).toMatchObject({ delivered: batches, remaining: 0, rejected: 0 });
    const truth = truthOf(runs.flatMap((run) => run.measurements));
    await stack.settled();
    // The rise, not the last value: the limited gateway may have shown some already. It has what the full queue held too,
    // merged before the first scrape: the zeros of the start come before it.
    expect(differences(await riseOf(stack.prometheus), truth)).toEqual([]);
  },
);
