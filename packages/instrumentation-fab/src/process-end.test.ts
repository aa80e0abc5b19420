import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertTotals, readTotals, runProgram, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./fixtures/dying-run.ts', import.meta.url));
const PRODUCT = 'group=factory,phase=discovery,role=product';

async function run(scenario: string) {
  const spool = temporaryDirectory();
  onTestFinished(spool.remove);
  const ended = await runProgram(PROGRAM, {
    args: [scenario],
    env: { EPHEMETRY_DELIVERY: 'spool-only', EPHEMETRY_SPOOL_DIR: spool.path },
    signalWhen: { mark: 'ready', signal: 'SIGTERM' },
  });
  const files = readdirSync(spool.path, { recursive: true, encoding: 'utf8' });
  const lines = files
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => readFileSync(join(spool.path, file), 'utf8'));
  return { ended, totals: readTotals(lines.join('')) };
}

const counters = (outcome: string) => ({
  fab_agent_sessions_total: { [PRODUCT]: 1 },
  fab_session_outcomes_total: { [`group=factory,outcome=${outcome},phase=discovery,role=product`]: 1 },
  fab_self_eval_total: { 'group=factory,phase=discovery,result=pass,role=product': 1 },
  fab_tokens_total: {
    'direction=input,group=factory,phase=discovery,role=product': 100,
    'direction=output,group=factory,phase=discovery,role=product': 10,
  },
});
const histograms = { fab_role_session_duration_seconds: { [PRODUCT]: { count: 1 } } };

describe('a process that dies during a session counts it as interrupted', () => {
  it.each([
    ['exit', { code: 3, signal: null }],
    ['throw', { code: 1, signal: null }],
    ['rejection', { code: 1, signal: null }],
    ['sigterm', { code: null, signal: 'SIGTERM' }],
  ])('%s', async (ending, expected) => {
    const { ended, totals } = await run(`during:${ending}`);
    expect(ended).toMatchObject({ ...expected, stdout: '' });
    assertTotals(totals, { counters: counters('interrupted'), histograms });
  });
});

describe('a process that dies before a session says anything does not know how it ends', () => {
  it.each(['exit', 'throw', 'sigterm'])('%s', async (ending) => {
    const { totals } = await run(`before:${ending}`);
    assertTotals(totals, {
      counters: {
        fab_agent_sessions_total: { [PRODUCT]: 1 },
        fab_session_outcomes_total: { 'group=factory,outcome=unknown,phase=discovery,role=product': 1 },
      },
    });
  });
});

describe('a process that dies with the last event in its hands has counted all of it', () => {
  it.each([
    ['exit', { code: 3, signal: null }],
    ['throw', { code: 1, signal: null }],
    ['sigkill', { code: null, signal: 'SIGKILL' }],
    ['abort', { code: null, signal: 'SIGABRT' }],
    ['sigterm', { code: null, signal: 'SIGTERM' }],
  ])('%s', async (ending, expected) => {
    const { ended, totals } = await run(`after:${ending}`);
    expect(ended).toMatchObject({ ...expected, stdout: '' });
    const cost = { fab_cost_usd_total: { [PRODUCT]: 0.5 } };
    assertTotals(totals, { counters: { ...counters('completed'), ...cost }, histograms });
  });
});

describe('a process that dies while the role of a session is being asked for counts it without a role', () => {
  it.each(['exit', 'throw', 'sigterm'])('%s', async (ending) => {
    const { totals } = await run(`asking:${ending}`);
    expect(totals.counters['fab_session_outcomes_total']).toEqual({
      'group=unknown,outcome=completed,phase=unknown,role=unknown': 1,
    });
    expect(totals.counters['fab_self_eval_total']).toEqual({
      'group=unknown,phase=unknown,result=pass,role=unknown': 1,
    });
  });
});
