import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createMeterProvider, readSpoolStatus } from '@ephemetry/exporter';
import { assertTotals, type Receiver, startReceiver, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';
import { spoolBatches } from '../fixtures/spool-batches.ts';

function makeSpool(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return `${directory.path}/spool`;
}

/** A run of one batch that this Collector refuses for ever. */
async function loseBatch(spoolDir: string, endpoint: string): Promise<void> {
  const provider = createMeterProvider({ spoolDir, endpoint, handleSignals: false, env: {} });
  provider.getMeter('test').createCounter('runs_total').add(1000);
  expect(await provider.shutdown()).toMatchObject({ rejected: 1 });
}

/** A run that wants one file in the spool at most, and reaches no Collector. */
async function fallBack(spoolDir: string, values: readonly number[]): Promise<void> {
  const options = { spoolDir, endpoint: NOWHERE, spoolLimitFiles: 1, handleSignals: false, env: {} };
  const provider = createMeterProvider(options);
  for (const value of values) {
    provider.getMeter('test').createCounter('runs_total').add(value);
    provider.persist();
  }
  expect(await provider.shutdown()).toMatchObject({ spooled: values.length });
}

function spoolFiles(spool: string): string[] {
  const names = readdirSync(spool).filter((name) => name.endsWith('.jsonl'));
  return names.sort((a, b) => statSync(join(spool, a)).mtimeMs - statSync(join(spool, b)).mtimeMs);
}

/** `service.name` of each batch that was counted. */
function services(receiver: Receiver): unknown[] {
  return receiver.batches.map(({ resource }) => resource['service.name']);
}

const NOWHERE = 'http://127.0.0.1:1/v1/metrics';

describe('ephemetry drain', () => {
  it('delivers what earlier runs left, and reports that it came late', async () => {
    await using receiver = await startReceiver();
    const spool = makeSpool();
    await spoolBatches(spool, [1, 2]);
    await spoolBatches(spool, [4]);
    const ended = await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(ended).toMatchObject({ code: 0, stdout: `3 batches delivered (${spool})\n`, stderr: '' });
    assertTotals(receiver.totals(), {
      counters: { runs_total: { '': 7 }, ephemetry_drained_batches_total: { '': 3 } },
      batches: 4,
    });
    expect(services(receiver)).toEqual(['deploy', 'deploy', 'deploy', 'ephemetry']);
  });

  it('has nothing to do where there is no spool, and makes none', async () => {
    const spool = makeSpool();
    const ended = await runCommand('drain', { env: { EPHEMETRY_SPOOL_DIR: spool } });
    expect(ended).toMatchObject({ code: 0, stdout: `nothing to deliver in ${spool}\n`, stderr: '' });
    expect(readdirSync(dirname(spool))).toEqual([]);
  });

  it('exits with 1 when something remains, and says why', async () => {
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    const ended = await runCommand(['drain', '--spool-dir', spool, '--endpoint', NOWHERE]);
    expect(ended).toMatchObject({ code: 1, stdout: `0 batches delivered, 1 remaining (${spool})\n` });
    expect(ended.stderr).toMatch(/^http:\/\/127\.0\.0\.1:1\/v1\/metrics cannot be reached/);
  });

  it('--rejected sends once more what was rejected, when the reason is mended', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400 } });
    const spool = makeSpool();
    await spoolBatches(spool, [1, 2]);
    const options = ['--spool-dir', spool, '--endpoint', receiver.url];
    // Its report of what was rejected is rejected too.
    await runCommand(['drain', ...options]);
    const again = await runCommand(['drain', '--rejected', ...options]);
    expect(again).toMatchObject({ code: 1, stdout: `0 batches delivered, 3 rejected again (${spool})\n` });
    expect(again.stderr).toMatch(/answered 400/);

    receiver.behave({ kind: 'answer' });
    const ended = await runCommand(['drain', '--rejected', '--json', ...options]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({ directory: spool, delivered: 3, rejected: 0, spooled: 0 }),
    ]);
    assertTotals(receiver.totals(), {
      counters: {
        runs_total: { '': 3 },
        // As they were counted: rejected then, delivered late now.
        ephemetry_drained_batches_total: { '': 3 },
        ephemetry_lost_batches_total: { 'reason=rejected': 2 },
      },
    });
    const nothing = await runCommand(['drain', '--rejected', ...options]);
    expect(nothing).toMatchObject({ code: 0, stdout: `nothing to deliver in ${join(spool, 'rejected')}\n` });
  });

  it('--rejected is one attempt: --watch beside it is a mistake', async () => {
    const ended = await runCommand(['drain', '--rejected', '--watch']);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--rejected cannot be given with --watch'),
    });
  });

  it('exits with 1 when a batch was rejected', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400 } });
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    const ended = await runCommand(['drain', '--json', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(ended.code).toBe(1);
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({ directory: spool, delivered: 0, rejected: 1, spooled: 0 }),
    ]);
  });

  it('--timeout-ms bounds the wait for an answer', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'silent' } });
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    const ended = await runCommand([
      'drain',
      '--timeout-ms',
      '200',
      '--spool-dir',
      spool,
      '--endpoint',
      receiver.url,
    ]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('did not answer within 200 ms');
  });

  it('--watch goes on until a signal, then drains once more', async () => {
    await using receiver = await startReceiver();
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    let acted: Promise<void> | undefined;
    const ended = await runCommand(
      ['drain', '--watch', '--interval', '1', '--spool-dir', spool, '--endpoint', receiver.url],
      {
        onStdout: (_text, program) => {
          acted ??= (async () => {
            await spoolBatches(spool, [2]);
            // Two batches of runs, and a report after each drain.
            await waitFor(() => receiver.batches.length === 4, { what: 'the second drain' });
            await spoolBatches(spool, [4]);
            program.kill('SIGTERM');
          })();
        },
      },
    );
    await acted;
    expect(ended).toMatchObject({ code: 0, stderr: '', survivors: [] });
    assertTotals(receiver.totals(), {
      counters: { runs_total: { '': 7 }, ephemetry_drained_batches_total: { '': 3 } },
    });
  });

  it('--watch says once that the Collector is down', async () => {
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    let drains = 0;
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 503 } });
    const stopped = runCommand(
      ['drain', '--watch', '--interval', '1', '--spool-dir', spool, '--endpoint', receiver.url],
      {
        onStdout: (_text, program) => {
          drains += 1;
          void receiver
            .waitFor(() => receiver.requests.length >= 3, { what: 'three drains' })
            .finally(() => program.kill('SIGINT'));
        },
      },
    );
    const ended = await stopped;
    expect(ended).toMatchObject({ code: 1, stdout: `0 batches delivered, 1 remaining (${spool})\n` });
    expect([drains, ended.stderr.split('\n').length]).toEqual([1, 2]);
  });
});

describe('ephemetry drain reports the ledger of the spool', () => {
  const drainInto = (receiver: Receiver, spool: string, env = {}) =>
    runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url], { env });

  it('with what an earlier run lost', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400, times: 1 } });
    const spool = makeSpool();
    await loseBatch(spool, receiver.url);
    const ended = await drainInto(receiver, spool, { OTEL_SERVICE_NAME: 'another' });
    expect(ended).toMatchObject({ code: 0, stdout: `nothing to deliver in ${spool}\n`, stderr: '' });
    assertTotals(receiver.totals(), {
      counters: { ephemetry_lost_batches_total: { 'reason=rejected': 1 } },
      batches: 1,
    });
    expect(services(receiver)).toEqual(['ephemetry']);
    await drainInto(receiver, spool);
    expect(receiver.batches).toHaveLength(1);
    // The report is not the run that somebody asks about.
    const { lastVerdict } = readSpoolStatus({ spoolDir: spool, env: {} });
    expect(lastVerdict).toMatchObject({ rejected: 1, delivered: 0 });
  });

  it('with what the limits and a half-written line cost', async () => {
    await using receiver = await startReceiver();
    const spool = makeSpool();
    await fallBack(spool, [1, 2]);
    await fallBack(spool, [4]);
    const [last = ''] = spoolFiles(spool).slice(-1);
    appendFileSync(join(spool, last), '{"resourceMetr');
    await drainInto(receiver, spool);
    assertTotals(receiver.totals(), {
      counters: {
        runs_total: { '': 4 },
        ephemetry_drained_batches_total: { '': 1 },
        ephemetry_lost_batches_total: { 'reason=expired': 2, 'reason=unreadable': 1 },
      },
    });
  });

  it('once, whoever of two drains it is', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400, times: 1 } });
    const spool = makeSpool();
    await loseBatch(spool, receiver.url);
    for (const value of [1, 2, 4, 8, 16, 32]) await spoolBatches(spool, [value]);
    await Promise.all([drainInto(receiver, spool), drainInto(receiver, spool)]);
    // What the slower one drained after the faster one had reported.
    await drainInto(receiver, spool);
    assertTotals(receiver.totals(), {
      counters: {
        runs_total: { '': 63 },
        ephemetry_drained_batches_total: { '': 6 },
        ephemetry_lost_batches_total: { 'reason=rejected': 1 },
      },
    });
  });

  it('not again and again to a Collector that refuses the report itself', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400 } });
    const spool = makeSpool();
    await loseBatch(spool, receiver.url);
    for (let i = 0; i < 3; i += 1) await drainInto(receiver, spool);
    expect(receiver.statuses()).toEqual({ 400: 2 });
  });

  it('later, when the Collector is away', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400, times: 1 } });
    const spool = makeSpool();
    await loseBatch(spool, receiver.url);
    await spoolBatches(spool, [1]);
    receiver.behave({ kind: 'status', status: 503 });
    expect(await drainInto(receiver, spool)).toMatchObject({ code: 1 });
    expect(receiver.statuses()).toEqual({ 400: 1, 503: 1 });
    receiver.behave({ kind: 'answer' });
    await drainInto(receiver, spool);
    assertTotals(receiver.totals(), {
      counters: {
        runs_total: { '': 1 },
        ephemetry_drained_batches_total: { '': 1 },
        ephemetry_lost_batches_total: { 'reason=rejected': 1 },
      },
    });
  });

  it('from the spool, when it could not be delivered at once', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400, times: 1 } });
    const spool = makeSpool();
    await loseBatch(spool, receiver.url);
    receiver.behave({ kind: 'status', status: 503 });
    const ended = await drainInto(receiver, spool);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/503.*1 batch spooled/) });
    receiver.behave({ kind: 'answer' });
    // A batch like any other: that it was late is reported too, and then there is nothing left to say.
    for (let i = 0; i < 3; i += 1) await drainInto(receiver, spool);
    assertTotals(receiver.totals(), {
      counters: {
        ephemetry_drained_batches_total: { '': 1 },
        ephemetry_lost_batches_total: { 'reason=rejected': 1 },
      },
      batches: 2,
    });
  });
});
