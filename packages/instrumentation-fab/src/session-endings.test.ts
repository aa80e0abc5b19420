import { describe, expect, it } from 'vitest';
import type { FabSession } from './fab-runtime.ts';
import {
  advisorCall,
  asksForAction,
  error,
  idle,
  message,
  rescheduled,
  span,
  terminated,
} from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime, type Script } from './fixtures/played-runtime.ts';
import { instrumentFab } from './instrument-fab.ts';

const ROLE = 'role="react-engineer",phase="build",group="factory"';

/** Reads as fab's workflows do: breaks at the first event that ends a session for them. */
async function readLikeWorkflows(session: FabSession): Promise<void> {
  for await (const event of session.events) if (isEnd(event)) break;
}

async function readAll(session: FabSession): Promise<void> {
  for await (const _event of session.events);
}

/** As fab's budget check: interrupt on a model span, ignore a refusal, leave. */
async function breachBudget(session: FabSession): Promise<void> {
  for await (const event of session.events) {
    if (typeOf(event) !== 'span.model_request_end') continue;
    await session.interrupt().catch(() => {});
    break;
  }
}

async function interruptAtFirst(session: FabSession, interrupt: (session: FabSession) => Promise<void>) {
  let isFirst = true;
  for await (const event of session.events) {
    if (isFirst) await interrupt(session);
    isFirst = false;
    if (isEnd(event)) break;
  }
}

/** A person stops the role while a model request is looked at; fab reads on, and leaves later. */
async function stopThenLeave(session: FabSession): Promise<void> {
  for await (const event of session.events) {
    if (typeOf(event) === 'agent.message') break;
    await session.interrupt();
  }
}

async function answerThenLeave(session: FabSession): Promise<void> {
  for await (const _event of session.events) {
    await session.sendInput({ type: 'user.tool_confirmation', tool_use_id: 'event-0', result: 'allow' });
    break;
  }
}

async function breakAtFirst(session: FabSession): Promise<void> {
  for await (const _event of session.events) break;
}

const typeOf = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;

function isEnd(event: unknown): boolean {
  if (typeOf(event) === 'session.error' || typeOf(event) === 'session.status_terminated') return true;
  if (typeOf(event) !== 'session.status_idle' || typeof event !== 'object' || event === null) return false;
  return !JSON.stringify(event).includes('requires_action');
}

const broken = new Error('stream failed (502)');
const endings: [name: string, Script, read: (session: FabSession) => Promise<void>, outcome: string][] = [
  [
    'managed-agents: idle at end of turn',
    { events: [span(1, 1), idle({ stop_reason: { type: 'end_turn' } })] },
    readLikeWorkflows,
    'completed',
  ],
  [
    'managed-agents: asks for an action, then idle',
    { events: [advisorCall(), asksForAction(), idle({ stop_reason: { type: 'end_turn' } })] },
    readLikeWorkflows,
    'completed',
  ],
  [
    'managed-agents: rescheduled, then idle',
    { events: [rescheduled(), idle({ stop_reason: { type: 'end_turn' } })] },
    readLikeWorkflows,
    'completed',
  ],
  ['managed-agents: terminated', { events: [message('a'), terminated()] }, readLikeWorkflows, 'terminated'],
  ['managed-agents: session error', { events: [message('a'), error()] }, readLikeWorkflows, 'error'],
  ['managed-agents: stream throws', { events: [message('a')], fails: broken }, readLikeWorkflows, 'error'],
  [
    'managed-agents: stream closes without a last word',
    { events: [message('a')] },
    readLikeWorkflows,
    'error',
  ],
  ['managed-agents: nothing at all', {}, readLikeWorkflows, 'error'],
  ['managed-agents: over budget', { events: [span(9, 9), idle()] }, breachBudget, 'budget'],
  [
    'managed-agents: over budget, interrupt refused',
    { events: [span(9, 9), idle()], interruptFails: broken },
    breachBudget,
    'budget',
  ],
  [
    'managed-agents: an action is asked for that fab does not know, so it ends there as at any idle',
    { events: [asksForAction(), idle()] },
    breakAtFirst,
    'completed',
  ],
  [
    'managed-agents: caller leaves after it answered an action',
    { events: [asksForAction(), idle()] },
    answerThenLeave,
    'interrupted',
  ],
  ['sdk: says nothing for too long', { events: [message('a'), error('idle_timeout')] }, readAll, 'timeout'],
  ['sdk: goes on for too long', { events: [message('a'), error('total_timeout')] }, readAll, 'timeout'],
  [
    'sdk: over budget, as fab sees it in the spans',
    { events: [span(9, 9), message('a'), idle()] },
    breachBudget,
    'budget',
  ],
  [
    'managed-agents: stopped by a person at a model request',
    { events: [span(9, 9), message('a'), idle()] },
    stopThenLeave,
    'interrupted',
  ],
  ['sdk: result', { events: [message('a'), idle({ total_cost_usd: 0.2 })] }, readAll, 'completed'],
  ['sdk: error result', { events: [message('a'), error('error_during_execution')] }, readAll, 'error'],
  ['sdk: budget result', { events: [message('a'), error('error_max_budget_usd')] }, readAll, 'budget'],
  [
    'sdk: interrupt answered by idle',
    { events: [message('a'), idle()] },
    (s) => interruptAtFirst(s, (x) => x.interrupt()),
    'interrupted',
  ],
  [
    'sdk: interrupt as input',
    { events: [message('a'), idle()] },
    (s) => interruptAtFirst(s, (x) => x.sendInput({ type: 'user.interrupt' })),
    'interrupted',
  ],
  [
    'sdk: interrupt refused, agent goes on',
    { events: [message('a'), idle()], interruptFails: broken },
    (s) => interruptAtFirst(s, (x) => x.interrupt().catch(() => {})),
    'completed',
  ],
  ['sdk-k8s: dispatch error', { events: [error('sdk_k8s_dispatch', 'box-1')] }, readLikeWorkflows, 'error'],
  [
    'sdk-k8s: interrupt deletes the pod',
    { events: [message('a'), error('sdk_k8s_dispatch', 'box-2')] },
    (s) => interruptAtFirst(s, (x) => x.interrupt()),
    'interrupted',
  ],
  [
    'claude-cli: subprocess dies',
    { events: [message('a'), error('subprocess_exit', 'cli-1')] },
    readLikeWorkflows,
    'error',
  ],
  ['claude-cli: caller leaves early', { events: [message('a'), idle()] }, breakAtFirst, 'interrupted'],
  [
    'claude-cli: malformed events, then result',
    {
      events: [
        null,
        7,
        {},
        { type: 5 },
        { type: 'agent.message' },
        { type: 'agent.message', content: [null, 3] },
        { type: 'session.error_' },
        idle(),
      ],
    },
    readLikeWorkflows,
    'completed',
  ],
];

describe('a session is counted once, with how it ended', () => {
  for (const [name, script, read, outcome] of endings) {
    it(name, async () => {
      const meterProvider = createReadableProvider();
      let seconds = 100;
      const telemetry = instrumentFab({ meterProvider, nowSeconds: () => seconds });
      const runtime = telemetry.instrumentRuntime(new PlayedRuntime(script));
      const session = await runtime.runRoleSession('react-engineer', 'Build it');
      seconds = 142;
      await read(session).catch((thrown) => expect(thrown).toBe(broken));
      expect(await meterProvider.totals()).toMatchObject({
        [`fab_agent_sessions_total{${ROLE}}`]: 1,
        [`fab_session_outcomes_total{${ROLE},outcome="${outcome}"}`]: 1,
        [`fab_role_session_duration_seconds_count{${ROLE}}`]: 1,
        [`fab_role_session_duration_seconds_sum{${ROLE}}`]: 42,
      });
      expect(meterProvider.persists()).toBeGreaterThan(0);
      await telemetry.shutdown();
    });
  }

  it('counts a start that is refused, and rejects with the same error', async () => {
    const meterProvider = createReadableProvider();
    const runtime = instrumentFab({ meterProvider }).instrumentRuntime(
      new PlayedRuntime({ refuses: broken }),
    );
    await expect(runtime.runRoleSession('react-engineer', 'x')).rejects.toBe(broken);
    expect((await meterProvider.totals())[`fab_session_outcomes_total{${ROLE},outcome="error"}`]).toBe(1);
  });

  it('counts a session that is never read when telemetry stops, without a duration', async () => {
    const meterProvider = createReadableProvider();
    const telemetry = instrumentFab({ meterProvider });
    await telemetry
      .instrumentRuntime(new PlayedRuntime({ events: [idle()] }))
      .runRoleSession('react-engineer', 'x');
    const stop = meterProvider.shutdown;
    meterProvider.shutdown = async () => {
      const totals = await meterProvider.totals();
      expect(totals[`fab_session_outcomes_total{${ROLE},outcome="unknown"}`]).toBe(1);
      expect(totals[`fab_role_session_duration_seconds_count{${ROLE}}`]).toBeUndefined();
      await stop?.();
    };
    await telemetry.shutdown();
    expect.assertions(2);
  });

  it('is on disk before the event that ends it is handed on', async () => {
    const meterProvider = createReadableProvider();
    const runtime = instrumentFab({ meterProvider }).instrumentRuntime(
      new PlayedRuntime({ events: [message('a'), idle()] }),
    );
    const session = await runtime.runRoleSession('react-engineer', 'x');
    const persists: number[] = [];
    for await (const _event of session.events) persists.push(meterProvider.persists());
    expect(persists).toEqual([0, 1]);
  });
});
