import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drain, takeSpoolLedger } from '@ephemetry/exporter';
import {
  assertTotals,
  type Receiver,
  runProgram,
  startReceiver,
  temporaryDirectory,
} from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createReadableProvider } from './fixtures/measured-totals.ts';
import { instrumentFab } from './instrument-fab.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/dying-run.ts', import.meta.url));
const GATE = { profile: 'code', decision: 'approve', attempts: 1 } as const;

/** A spool in which a fab has just lost its one batch to a Collector that refused it for ever. */
async function lossySpool(receiver: Receiver) {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spoolDir = join(path, 'spool');
  const env = {
    EPHEMETRY_SPOOL_DIR: spoolDir,
    EPHEMETRY_EXIT_BUDGET_MS: '60000',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
  };
  const run = (ending: string) => runProgram(PROGRAM, { args: [ending], env });
  receiver.behave({ kind: 'status', status: 400 });
  expect((await run('after:exit')).stderr).toContain('1 batch was rejected');
  receiver.behave({ kind: 'answer' });
  return { spoolDir, env, run };
}

describe('what an earlier run lost', () => {
  it('is in the batch of the next session, once', async () => {
    await using receiver = await startReceiver();
    const { run } = await lossySpool(receiver);
    expect(await run('after:exit')).toMatchObject({ code: 3, stderr: '' });
    expect(receiver.totals().counters['ephemetry_lost_batches_total']).toEqual({ 'reason=rejected': 1 });
    expect(receiver.batches.map(({ resource }) => resource['service.name'])).toEqual(['fab']);
    await run('after:exit');
    expect(receiver.totals().counters['ephemetry_lost_batches_total']).toEqual({ 'reason=rejected': 1 });
    expect(receiver.totals().counters['fab_agent_sessions_total']).toMatchObject({
      'group=factory,phase=discovery,role=product': 2,
    });
  });

  it('is on disk with the session when the process is killed', async () => {
    await using receiver = await startReceiver();
    const { run, spoolDir } = await lossySpool(receiver);
    receiver.behave({ kind: 'silent' });
    expect(await run('after:sigkill')).toMatchObject({ signal: 'SIGKILL' });
    receiver.behave({ kind: 'answer' });
    await drain({ spoolDir, endpoint: receiver.url, env: {} });
    expect(receiver.totals().counters['ephemetry_lost_batches_total']).toEqual({ 'reason=rejected': 1 });
  });

  it('is left to others by a fab that sends its metrics elsewhere, or none', async () => {
    await using receiver = await startReceiver();
    const { spoolDir, env } = await lossySpool(receiver);
    const elsewhere = createReadableProvider();
    instrumentFab({ meterProvider: elsewhere, env }).recordGate(GATE);
    expect(Object.keys(await elsewhere.totals()).join()).not.toContain('ephemetry');
    instrumentFab({ env: { ...env, OTEL_SDK_DISABLED: 'true' } }).recordGate(GATE);
    expect(takeSpoolLedger({ spoolDir, env: {} })).toMatchObject({ rejected: 1 });
  });
});

it('a fab that goes on looks once: it is the next one that reports what this one loses', async () => {
  await using receiver = await startReceiver();
  const { spoolDir, env, run } = await lossySpool(receiver);
  const fab = instrumentFab({ env: { ...env, EPHEMETRY_SIGNALS: 'off' } });
  fab.recordGate(GATE);
  expect(takeSpoolLedger({ spoolDir, env: {} })).toBeUndefined();
  receiver.behave({ kind: 'status', status: 400 });
  await run('after:exit');
  fab.recordGate(GATE);
  await fab.shutdown();
  expect(takeSpoolLedger({ spoolDir, env: {} })).toMatchObject({ rejected: expect.any(Number) });
});

it('a fab whose spool lost nothing reports nothing', async () => {
  await using receiver = await startReceiver();
  const { run, spoolDir } = await lossySpool(receiver);
  takeSpoolLedger({ spoolDir, env: {} });
  await run('before:exit');
  assertTotals(receiver.totals(), {
    counters: {
      fab_agent_sessions_total: { 'group=factory,phase=discovery,role=product': 1 },
      fab_session_outcomes_total: { 'group=factory,outcome=unknown,phase=discovery,role=product': 1 },
    },
  });
});
