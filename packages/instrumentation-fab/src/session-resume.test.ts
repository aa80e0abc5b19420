import { describe, expect, it } from 'vitest';
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
