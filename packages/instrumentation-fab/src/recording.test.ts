import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { type FabTelemetry, instrumentFab } from './instrument-fab.ts';
import type { PerfReading, RoleMetrics } from './recording/perf-reading.ts';

const PRODUCT = 'role="product",phase="discovery",group="factory"';

function setUp() {
  const meterProvider = createReadableProvider();
  return { meterProvider, telemetry: instrumentFab({ meterProvider }) };
}

async function totalsOf(record: (telemetry: FabTelemetry) => void) {
  const { meterProvider, telemetry } = setUp();
  record(telemetry);
  const totals = await meterProvider.totals();
  await telemetry.shutdown();
  return totals;
}

describe('recordSession', () => {
  it("records fab's observation, and it is persisted when the call returns", async () => {
    const { meterProvider, telemetry } = setUp();
    const outcome = telemetry.recordSession({
      role: 'product',
      inputTokens: 100,
      outputTokens: 20,
      costUsd: 0.5,
      advisorCalls: 1,
      selfEvalPass: 2,
      selfEvalFail: 1,
      revisions: 3,
      durationSeconds: 12.5,
      outcome: 'completed',
    });
    expect(outcome).toEqual({ kind: 'persisted', sequence: 1 });
    expect(await meterProvider.totals()).toEqual({
      [`fab_agent_sessions_total{${PRODUCT}}`]: 1,
      [`fab_session_outcomes_total{${PRODUCT},outcome="completed"}`]: 1,
      [`fab_tokens_total{${PRODUCT},direction="input"}`]: 100,
      [`fab_tokens_total{${PRODUCT},direction="output"}`]: 20,
      [`fab_cost_usd_total{${PRODUCT}}`]: 0.5,
      [`fab_advisor_calls_total{${PRODUCT}}`]: 1,
      [`fab_self_eval_total{${PRODUCT},result="pass"}`]: 2,
      [`fab_self_eval_total{${PRODUCT},result="fail"}`]: 1,
      [`fab_revisions_total{${PRODUCT}}`]: 3,
      [`fab_role_session_duration_seconds_count{${PRODUCT}}`]: 1,
      [`fab_role_session_duration_seconds_sum{${PRODUCT}}`]: 12.5,
    });
  });

  it.each([undefined, null, Number.NaN, -1])('leaves what is %s unknown', async (unknown) => {
    const totals = await totalsOf((telemetry) =>
      telemetry.recordSession({
        role: 'product',
        inputTokens: unknown,
        outputTokens: unknown,
        costUsd: unknown,
        advisorCalls: unknown,
        durationSeconds: unknown,
      }),
    );
    expect(totals).toEqual({
      [`fab_agent_sessions_total{${PRODUCT}}`]: 1,
      [`fab_session_outcomes_total{${PRODUCT},outcome="unknown"}`]: 1,
    });
  });

  it('says what is wrong with something that is no observation', () => {
    const given: unknown[] = [null, 'product', []];
    for (const value of given)
      expect(Reflect.apply(setUp().telemetry.recordSession, undefined, [value])).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('allowed: an object with a role'),
      });
  });
});

describe('recordGate', () => {
  it('records the decision and its attempts', async () => {
    const totals = await totalsOf((telemetry) => {
      telemetry.recordGate({ profile: 'code', decision: 'revise', attempts: 3 });
      telemetry.recordGate({ profile: 'code', decision: 'a new word', attempts: 1 });
    });
    expect(totals).toEqual({
      'fab_merge_gate_decisions_total{profile="code",decision="revise"}': 1,
      'fab_merge_gate_decisions_total{profile="code",decision="unknown"}': 1,
      'fab_merge_gate_attempts_total{profile="code"}': 4,
    });
  });

  it('records a rejection before any gate role ran: a failed pre-hook', async () => {
    const totals = await totalsOf((telemetry) =>
      telemetry.recordGate({ profile: 'code', decision: 'reject', attempts: 0 }),
    );
    expect(totals).toEqual({ 'fab_merge_gate_decisions_total{profile="code",decision="reject"}': 1 });
  });

  it.each([-1, 1.5, Number.NaN, 101])('refuses %d attempts and records nothing', async (attempts) => {
    const totals = await totalsOf((telemetry) =>
      expect(telemetry.recordGate({ profile: 'code', decision: 'approve', attempts })).toEqual({
        kind: 'refused',
        message: `attempts given to recordGate is ${attempts}; allowed: a whole number of 0 to 100`,
      }),
    );
    expect(totals).toEqual({});
  });
});

const metrics = (sessions: number, more: Partial<RoleMetrics> = {}): RoleMetrics => ({
  sessions,
  selfEvalPass: 0,
  selfEvalFail: 0,
  advisorCalls: 0,
  revisions: 0,
  totalInputTokens: 0,
  totalOutputTokens: 0,
  ...more,
});

const increments: fc.Arbitrary<PerfReading> = fc.dictionary(
  fc.constantFrom('product', 'react-engineer', 'unknown', 'nobody'),
  fc
    .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(1e6), fc.nat(1e6))
    .map(
      ([
        sessions,
        selfEvalPass,
        selfEvalFail,
        advisorCalls,
        revisions,
        totalInputTokens,
        totalOutputTokens,
      ]) =>
        metrics(sessions, {
          selfEvalPass,
          selfEvalFail,
          advisorCalls,
          revisions,
          totalInputTokens,
          totalOutputTokens,
        }),
    ),
);

function grow(reading: PerfReading, by: PerfReading): PerfReading {
  const roles = Object.entries(by).map(([role, added]): [string, RoleMetrics] => {
    const known = reading[role] ?? metrics(0);
    return [
      role,
      {
        sessions: known.sessions + added.sessions,
        selfEvalPass: known.selfEvalPass + added.selfEvalPass,
        selfEvalFail: known.selfEvalFail + added.selfEvalFail,
        advisorCalls: known.advisorCalls + added.advisorCalls,
        revisions: known.revisions + added.revisions,
        totalInputTokens: known.totalInputTokens + added.totalInputTokens,
        totalOutputTokens: known.totalOutputTokens + added.totalOutputTokens,
      },
    ];
  });
  return { ...reading, ...Object.fromEntries(roles) };
}

describe('recordPerf', () => {
  it('records a to b and b to c as it records a to c', async () => {
    await fc.assert(
      fc.asyncProperty(increments, increments, increments, async (a, second, third) => {
        const b = grow(a, second);
        const c = grow(b, third);
        const inSteps = await totalsOf((telemetry) => {
          telemetry.recordPerf(a, b);
          telemetry.recordPerf(b, c);
        });
        expect(inSteps).toEqual(await totalsOf((telemetry) => void telemetry.recordPerf(a, c)));
      }),
      { numRuns: 60 },
    );
  });

  it('takes all of a role that shrank, says so, and says which role is gone', async () => {
    const before = { product: metrics(5, { totalCostUsd: 2 }), 'react-engineer': metrics(2) };
    const totals = await totalsOf((telemetry) =>
      expect(telemetry.recordPerf(before, { product: metrics(3, { totalCostUsd: 0.5 }) })).toEqual({
        kind: 'compared',
        sessions: 3,
        restartedRoles: ['product'],
        vanishedRoles: ['react-engineer'],
        record: { kind: 'persisted', sequence: 1 },
      }),
    );
    expect(totals).toEqual({
      [`fab_agent_sessions_total{${PRODUCT}}`]: 3,
      [`fab_session_outcomes_total{${PRODUCT},outcome="unknown"}`]: 3,
      [`fab_cost_usd_total{${PRODUCT}}`]: 0.5,
    });
  });

  it.each([
    [null, {}, 'the earlier reading is null'],
    [{}, undefined, 'the later reading is missing'],
    [{}, [], 'the later reading is an array'],
    [{}, { product: 3 }, 'the later reading["product"] is 3'],
    [
      {},
      { react: metrics(1), product: { ...metrics(1), sessions: -1 } },
      'the later reading["product"].sessions is -1',
    ],
    [
      {},
      { product: { ...metrics(1), revisions: '2' } },
      'the later reading["product"].revisions is a string',
    ],
    [
      {},
      { product: { ...metrics(1), totalCostUsd: null } },
      'the later reading["product"].totalCostUsd is null',
    ],
    [{ product: {} }, { product: metrics(1) }, 'the earlier reading["product"].sessions is missing'],
  ])('refuses %j to %j and records nothing', async (before, after, message) => {
    const totals = await totalsOf((telemetry) =>
      expect(Reflect.apply(telemetry.recordPerf, undefined, [before, after])).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining(message),
      }),
    );
    expect(totals).toEqual({});
  });
});
