import { describe, expect, it } from 'vitest';
import { error, idle, span } from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime, type Script } from './fixtures/played-runtime.ts';
import { instrumentFab } from './instrument-fab.ts';
import type { RequestCostUsd } from './model-usage.ts';

const ROLE = 'role="react-engineer",phase="build",group="factory"';
const COST = `fab_cost_usd_total{${ROLE}}`;
/** A quarter of a dollar for each output token: sums are exact. */
const requestCostUsd: RequestCostUsd = ({ output_tokens }) => output_tokens / 4;

function setUp(price: RequestCostUsd | undefined, ...scripts: Script[]) {
  const meterProvider = createReadableProvider();
  const telemetry = instrumentFab({ meterProvider, requestCostUsd: price });
  const runtime = telemetry.instrumentRuntime(new PlayedRuntime(...scripts));
  return { meterProvider, telemetry, runtime };
}

/** No prices at all with `null`. */
async function costOf(script: Script, price: RequestCostUsd | null = requestCostUsd) {
  const { meterProvider, runtime } = setUp(price ?? undefined, script);
  const session = await runtime.runRoleSession('react-engineer', 'x');
  for await (const _event of session.events);
  return (await meterProvider.totals())[COST];
}

describe('the cost of a session', () => {
  it('that states none is the price of its requests', async () => {
    const endTurn = idle({ stop_reason: { type: 'end_turn' } });
    expect(await costOf({ events: [span(9, 2), span(9, 1, true), span(9, 4), endTurn] })).toBe(1.5);
  });

  it('that states it is what it states, not the price as well', async () => {
    expect(await costOf({ events: [span(9, 4), idle({ total_cost_usd: 0.75 })] })).toBe(0.75);
    // Stated at one idle, then more requests, and an end that states nothing.
    const later = [span(9, 2), error('error_during_execution')];
    expect(await costOf({ events: [span(9, 4), idle({ total_cost_usd: 0.75 }), ...later] })).toBe(1.25);
  });

  it.each(['error_max_budget_usd', 'error_during_execution', 'idle_timeout'])(
    'of the Agent SDK that fails with %s is the price of its requests: the total is dropped on the way',
    async (type) => {
      expect(await costOf({ events: [span(9, 4), error(type)] })).toBe(1);
    },
  );

  it('that nobody prices is unknown, not 0', async () => {
    const events = [span(9, 4), idle()];
    expect(await costOf({ events }, null)).toBeUndefined();
    for (const price of [undefined, Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(await costOf({ events }, () => price)).toBeUndefined();
    const refuse = () => {
      throw new Error('no rate for this model');
    };
    expect(await costOf({ events }, refuse)).toBeUndefined();
    expect(await costOf({ events: [span(9, 'many'), idle()] })).toBeUndefined();
  });

  it('is priced with what fab knows of the request, and the role', async () => {
    const given: unknown[] = [];
    await costOf({ events: [span(5, 4), idle()] }, (usage, role) => {
      given.push(usage, role);
      return 1;
    });
    const cached = { cache_creation_input_tokens: 7, cache_read_input_tokens: 9 };
    expect(given).toEqual([{ input_tokens: 5, output_tokens: 4, ...cached }, 'react-engineer']);
  });

  it('waits for the role that is asked for, and is priced with it', async () => {
    const { meterProvider, telemetry } = setUp((_usage, role) => (role === 'react-engineer' ? 2 : 100));
    const runtime = telemetry.instrumentRuntime(new PlayedRuntime({ events: [span(5, 4), idle()] }), {
      roleOfSession: async () => 'react-engineer',
    });
    for await (const _event of runtime.resumeSession('elsewhere').events);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await meterProvider.totals())[COST]).toBe(2);
  });

  it('goes on in a session that is resumed, also when the process ends in the middle', async () => {
    const { meterProvider, telemetry, runtime } = setUp(
      requestCostUsd,
      { id: 's', events: [span(9, 4), idle()] },
      { events: [span(9, 2), span(9, 2)] },
    );
    const session = await runtime.runRoleSession('react-engineer', 'x');
    for await (const _event of session.events);
    const events = runtime.resumeSession('s').events[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const stop = meterProvider.shutdown;
    meterProvider.shutdown = async () => {
      expect((await meterProvider.totals())[COST]).toBe(2);
      await stop?.();
    };
    await telemetry.shutdown();
    expect.assertions(1);
  });
});
