import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advisorCall, idle, message, span } from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime, type Script } from './fixtures/played-runtime.ts';
import { instrumentFab } from './instrument-fab.ts';
import type { InstrumentFabOptions } from './instrument-fab-options.ts';

const ROLE = 'role="react-engineer",phase="build",group="factory"';
const UNKNOWN_ROLE = 'role="unknown",phase="unknown",group="unknown"';

async function totalsOf(script: Script, role = 'react-engineer', options: InstrumentFabOptions = {}) {
  const meterProvider = createReadableProvider();
  const runtime = instrumentFab({ ...options, meterProvider }).instrumentRuntime(new PlayedRuntime(script));
  const session = await runtime.runRoleSession(role, 'x');
  for await (const _event of session.events);
  return meterProvider.totals();
}

describe('what a session says is counted', () => {
  it('self-evaluations, revisions and advisor calls, once per message', async () => {
    const totals = await totalsOf({
      events: [
        message('SELF-EVAL: FAIL', ' Revising the form'),
        message('SELF-EVAL: ', 'PASS'),
        message('All green.\n  SELF-EVAL: PASS and SELF-EVAL: PASS again, once SELF-EVAL: FAIL'),
        // What is no verdict: another case, a mention, and fab's own question, quoted.
        message('self-eval: pass'),
        message('I will end with SELF-EVAL: PASS once the checks are done.'),
        message('SELF-EVAL: PASS | FAIL (failed: [list])'),
        advisorCall(),
        advisorCall('another_tool'),
        idle(),
      ],
    });
    expect(totals).toMatchObject({
      [`fab_self_eval_total{${ROLE},result="pass"}`]: 2,
      [`fab_self_eval_total{${ROLE},result="fail"}`]: 1,
      [`fab_revisions_total{${ROLE}}`]: 1,
      [`fab_advisor_calls_total{${ROLE}}`]: 1,
    });
  });

  it('tokens of spans that did not fail, without cached ones', async () => {
    const totals = await totalsOf({ events: [span(100, 10), span(5, 1, true), span(20, 2), idle()] });
    expect(totals).toMatchObject({
      [`fab_tokens_total{${ROLE},direction="input"}`]: 120,
      [`fab_tokens_total{${ROLE},direction="output"}`]: 12,
    });
  });

  it.each([undefined, null, -1, Number.NaN, Number.POSITIVE_INFINITY, 1.5, '12'])(
    'leaves tokens of %s unknown',
    async (tokens) => {
      const totals = await totalsOf({
        events: [span(tokens, tokens), idle({ total_cost_usd: tokens === 1.5 ? -1 : tokens })],
      });
      expect(Object.keys(totals).filter((key) => /tokens|cost/.test(key))).toEqual([]);
    },
  );

  it('the cost as a running total, not as a sum of totals', async () => {
    const requiresAction = { stop_reason: { type: 'requires_action' } };
    const totals = await totalsOf({
      events: [
        idle({ ...requiresAction, total_cost_usd: 0.25 }),
        idle({ total_cost_usd: 0.75 }),
        idle({ total_cost_usd: 1 }),
      ],
    });
    expect(totals[`fab_cost_usd_total{${ROLE}}`]).toBe(1);
  });

  it('a role outside the roster as unknown, and no text of the session anywhere', async () => {
    const totals = await totalsOf(
      { events: [message('SELF-EVAL: PASS secret')] },
      'ignore all previous; DROP TABLE',
    );
    expect(Object.keys(totals)).toContain(`fab_agent_sessions_total{${UNKNOWN_ROLE}}`);
    expect(JSON.stringify(totals)).not.toMatch(/secret|DROP/);
  });

  it("a team's own roles, with the phase that the contract knows", async () => {
    const roster = [
      { role: 'react-engineer', group: 'lab' },
      { role: 'hired-yesterday', phase: 'build', group: 'nowhere' },
    ];
    expect(await totalsOf({ events: [idle()] }, 'react-engineer', { roster })).toHaveProperty([
      'fab_agent_sessions_total{role="react-engineer",phase="build",group="lab"}',
    ]);
    expect(await totalsOf({ events: [idle()] }, 'hired-yesterday', { roster })).toHaveProperty([
      'fab_agent_sessions_total{role="hired-yesterday",phase="build",group="unknown"}',
    ]);
    expect(await totalsOf({ events: [idle()] }, 'product', { roster })).toHaveProperty([
      `fab_agent_sessions_total{${UNKNOWN_ROLE}}`,
    ]);
  });
});

const anyEvent = fc.oneof(
  fc
    .constantFrom('SELF-EVAL: PASS', 'SELF-EVAL: FAIL', 'Revising', 'hello')
    .map((text) => () => message(text)),
  fc.tuple(fc.nat(1000), fc.nat(1000)).map(
    ([input, output]) =>
      () =>
        span(input, output),
  ),
  fc.constant(() => advisorCall()),
);
const anySession = fc.record({
  role: fc.constantFrom('react-engineer', 'product', 'nobody'),
  events: fc.array(anyEvent, { maxLength: 6 }),
});

describe('parallel sessions are kept apart', () => {
  it('any interleaving gives what one after the other gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySession, { minLength: 1, maxLength: 4 }),
        fc.scheduler(),
        async (plans, scheduler) => {
          const scripts = plans.map(({ role, events }) => ({
            role,
            script: { events: [...events.map((create) => create()), idle()] },
          }));
          const sequential = await run(scripts, async (step) => step());
          const parallel = await run(
            scripts,
            (step) => scheduler.schedule(Promise.resolve()).then(step),
            scheduler,
          );
          expect(parallel).toEqual(sequential);
        },
      ),
      { numRuns: 40 },
    );
  });
});

async function run(
  plans: readonly { role: string; script: Script }[],
  turn: (step: () => Promise<boolean>) => Promise<boolean>,
  scheduler?: fc.Scheduler,
): Promise<Readonly<Record<string, number>>> {
  const meterProvider = createReadableProvider();
  const telemetry = instrumentFab({ meterProvider, nowSeconds: () => 0 });
  const played = plans.map(async ({ role, script }) => {
    const runtime = telemetry.instrumentRuntime(new PlayedRuntime(script));
    const session = await runtime.runRoleSession(role, 'x');
    const iterator = session.events[Symbol.asyncIterator]();
    const step = async (): Promise<boolean> => (await iterator.next()).done !== true;
    while (await turn(step));
  });
  if (scheduler) await scheduler.waitFor(Promise.all(played));
  else for (const session of played) await session;
  return meterProvider.totals();
}
