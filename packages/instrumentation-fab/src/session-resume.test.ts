import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FabRuntime } from './fab-runtime.ts';
import { idle, message, span } from './fixtures/events.ts';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { PlayedRuntime, type Script } from './fixtures/played-runtime.ts';
import { type FabTelemetry, instrumentFab } from './instrument-fab.ts';
import type { InstrumentRuntimeOptions } from './session/measured-runtime.ts';

const ROLE = 'role="react-engineer",phase="build",group="factory"';
const UNKNOWN_ROLE = 'role="unknown",phase="unknown",group="unknown"';

function setUp(...scripts: Script[]) {
  const meterProvider = createReadableProvider();
  const telemetry = instrumentFab({ meterProvider });
  return { meterProvider, telemetry, played: new PlayedRuntime(...scripts) };
}

async function resume(
  telemetry: FabTelemetry,
  runtime: FabRuntime,
  id: string,
  options?: InstrumentRuntimeOptions,
): Promise<void> {
  // fab creates a runtime of its own for every resume.
  for await (const _event of telemetry.instrumentRuntime(runtime, options).resumeSession(id).events);
}

describe('a resumed session', () => {
  it('is the session this process started: its words count, the session does not count again', async () => {
    const { meterProvider, telemetry, played } = setUp(
      { id: 's', events: [span(10, 1), idle({ total_cost_usd: 0.5 })] },
      { events: [span(5, 1), message('SELF-EVAL: PASS'), idle({ total_cost_usd: 0.25 })] },
    );
    const session = await telemetry.instrumentRuntime(played).runRoleSession('react-engineer', 'x');
    for await (const _event of session.events);
    await resume(telemetry, played, 's');
    expect(await meterProvider.totals()).toMatchObject({
      [`fab_agent_sessions_total{${ROLE}}`]: 1,
      [`fab_tokens_total{${ROLE},direction="input"}`]: 15,
      [`fab_self_eval_total{${ROLE},result="pass"}`]: 1,
      [`fab_cost_usd_total{${ROLE}}`]: 0.75,
    });
  });

  it('whose stream begins again from its first event adds only what is new', async () => {
    const first = [span(10, 1), message('Revising'), idle({ stop_reason: { type: 'end_turn' } })];
    const { meterProvider, telemetry, played } = setUp(
      { id: 's', events: first },
      { events: [...first, span(3, 3)] },
    );
    const session = await telemetry.instrumentRuntime(played).runRoleSession('react-engineer', 'x');
    for await (const _event of session.events);
    await resume(telemetry, played, 's');
    expect(await meterProvider.totals()).toMatchObject({
      [`fab_tokens_total{${ROLE},direction="input"}`]: 13,
      [`fab_revisions_total{${ROLE}}`]: 1,
    });
  });

  it('that is still open is read through either handle', async () => {
    const { meterProvider, telemetry, played } = setUp({ id: 's' }, { events: [idle()] });
    await telemetry.instrumentRuntime(played).runRoleSession('react-engineer', 'x');
    await resume(telemetry, played, 's');
    const totals = await meterProvider.totals();
    expect(totals[`fab_session_outcomes_total{${ROLE},outcome="completed"}`]).toBe(1);
    expect(totals[`fab_agent_sessions_total{${ROLE}}`]).toBe(1);
  });

  it('of another process is a session of an unknown role, once', async () => {
    const { meterProvider, telemetry, played } = setUp({ events: [idle()] }, { events: [idle()] });
    await resume(telemetry, played, 'elsewhere');
    await resume(telemetry, played, 'elsewhere');
    expect((await meterProvider.totals())[`fab_agent_sessions_total{${UNKNOWN_ROLE}}`]).toBe(1);
  });

  it('of another process can be named', async () => {
    const { meterProvider, telemetry, played } = setUp({ events: [idle()] });
    await resume(telemetry, played, 'elsewhere', { roleOfSession: () => 'react-engineer' });
    expect((await meterProvider.totals())[`fab_agent_sessions_total{${ROLE}}`]).toBe(1);
  });

  it('that stays silent, as on the sdk transports, is no session', async () => {
    const { meterProvider, telemetry, played } = setUp({ events: [] });
    await resume(telemetry, played, 'gone');
    expect(await meterProvider.totals()).toEqual({});
  });

  it('is not mixed up while ids are pending, as the Agent SDK has it', async () => {
    const pending = 'sdk-session-pending';
    const { meterProvider, telemetry, played } = setUp(
      { id: pending, events: [idle()] },
      { id: pending, events: [idle()] },
      { events: [message('Revising')] },
    );
    const runtime = telemetry.instrumentRuntime(played);
    const sessions = [
      await runtime.runRoleSession('react-engineer', 'x'),
      await runtime.runRoleSession('product', 'x'),
    ];
    await resume(telemetry, played, pending);
    for (const { events } of sessions) for await (const _event of events);
    const totals = await meterProvider.totals();
    expect(totals[`fab_revisions_total{${UNKNOWN_ROLE}}`]).toBe(1);
    expect(totals[`fab_agent_sessions_total{${ROLE}}`]).toBe(1);
  });
});

describe('two sessions of one id', () => {
  it('are two sessions, down to their events', async () => {
    const events = [span(4, 4), idle()];
    const { meterProvider, telemetry, played } = setUp({ id: 's', events }, { id: 's', events });
    const runtime = telemetry.instrumentRuntime(played);
    for (const _ of events)
      for await (const _event of (await runtime.runRoleSession('react-engineer', 'x')).events);
    expect(await meterProvider.totals()).toMatchObject({
      [`fab_agent_sessions_total{${ROLE}}`]: 2,
      [`fab_tokens_total{${ROLE},direction="input"}`]: 8,
    });
  });
});

describe('events read twice', () => {
  it('count once', async () => {
    const { meterProvider, telemetry, played } = setUp({ events: [span(4, 4), idle({ total_cost_usd: 1 })] });
    const session = await telemetry.instrumentRuntime(played).runRoleSession('react-engineer', 'x');
    for await (const _event of session.events);
    for await (const _event of session.events);
    expect(await meterProvider.totals()).toMatchObject({
      [`fab_agent_sessions_total{${ROLE}}`]: 1,
      [`fab_tokens_total{${ROLE},direction="input"}`]: 4,
      [`fab_cost_usd_total{${ROLE}}`]: 1,
    });
  });
});

describe('the role of a session that another process started', () => {
  const elsewhere = (...events: unknown[]) => setUp({ events: [span(10, 1), ...events] });

  it('may be asked for: nothing waits but what is measured, and it counts once the answer is there', async () => {
    const { meterProvider, telemetry, played } = elsewhere(message('SELF-EVAL: PASS'), idle());
    let answer = (_role: string): void => {};
    const roleOfSession = () => new Promise<string>((resolve) => (answer = resolve));
    await resume(telemetry, played, 'elsewhere', { roleOfSession });
    expect(await meterProvider.totals()).toEqual({});
    const before = meterProvider.persists();
    answer('react-engineer');
    await new Promise((resolve) => setImmediate(resolve));
    expect(meterProvider.persists()).toBe(before + 1);
    expect(await meterProvider.totals()).toMatchObject({
      [`fab_agent_sessions_total{${ROLE}}`]: 1,
      [`fab_session_outcomes_total{${ROLE},outcome="completed"}`]: 1,
      [`fab_self_eval_total{${ROLE},result="pass"}`]: 1,
      [`fab_tokens_total{${ROLE},direction="input"}`]: 10,
    });
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['an answer that fails', async () => Promise.reject(new Error('401'))],
    ['no answer', async () => undefined],
    ['a role outside the roster', async () => 'somebody'],
  ])('stays unknown after %s', async (_what, roleOfSession) => {
    const { meterProvider, telemetry, played } = elsewhere(idle());
    await resume(telemetry, played, 'elsewhere', { roleOfSession });
    await new Promise((resolve) => setImmediate(resolve));
    expect((await meterProvider.totals())[`fab_agent_sessions_total{${UNKNOWN_ROLE}}`]).toBe(1);
  });

  it('stays unknown when the question throws, and fab is not told', async () => {
    const { meterProvider, telemetry, played } = elsewhere(idle());
    const roleOfSession = () => {
      throw new Error('a bug of the host');
    };
    await resume(telemetry, played, 'elsewhere', { roleOfSession });
    expect((await meterProvider.totals())[`fab_agent_sessions_total{${UNKNOWN_ROLE}}`]).toBe(1);
  });

  it('is not waited for when telemetry stops or the process ends: nothing is lost', async () => {
    const { meterProvider, telemetry, played } = elsewhere(idle());
    const stop = meterProvider.shutdown;
    meterProvider.shutdown = async () => {
      expect((await meterProvider.totals())[`fab_tokens_total{${UNKNOWN_ROLE},direction="input"}`]).toBe(10);
      await stop?.();
    };
    await resume(telemetry, played, 'elsewhere', { roleOfSession: () => new Promise(() => {}) });
    await telemetry.shutdown();
    expect.assertions(1);
  });

  it('is asked for once, however often the session is resumed', async () => {
    const { meterProvider, telemetry, played } = setUp(
      { events: [span(1, 1)] },
      { events: [span(2, 2), idle()] },
    );
    let questions = 0;
    const roleOfSession = async () => {
      questions += 1;
      return 'react-engineer';
    };
    await resume(telemetry, played, 'elsewhere', { roleOfSession });
    await resume(telemetry, played, 'elsewhere', { roleOfSession });
    await new Promise((resolve) => setImmediate(resolve));
    expect(questions).toBe(1);
    expect((await meterProvider.totals())[`fab_tokens_total{${ROLE},direction="input"}`]).toBe(3);
  });

  it('is given up after 10 s without an answer', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { meterProvider, telemetry, played } = elsewhere(idle());
    await resume(telemetry, played, 'elsewhere', { roleOfSession: () => new Promise(() => {}) });
    vi.advanceTimersByTime(9_999);
    expect(await meterProvider.totals()).toEqual({});
    vi.advanceTimersByTime(1);
    expect((await meterProvider.totals())[`fab_agent_sessions_total{${UNKNOWN_ROLE}}`]).toBe(1);
  });

  it('is given up by a session of which 1,000 measurements wait', async () => {
    const events = Array.from({ length: 1_000 }, () => span(1, 0));
    const { meterProvider, telemetry, played } = setUp({ events });
    const runtime = telemetry.instrumentRuntime(played, { roleOfSession: () => new Promise(() => {}) });
    for await (const _event of runtime.resumeSession('elsewhere').events);
    const totals = await meterProvider.totals();
    expect(totals[`fab_tokens_total{${UNKNOWN_ROLE},direction="input"}`]).toBe(1_000);
  });
});
