import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { assertTotals, startReceiver, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';
import { spoolBatches } from '../fixtures/spool-batches.ts';

function makeSpool(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return `${directory.path}/spool`;
}

const NOWHERE = 'http://127.0.0.1:1/v1/metrics';

describe('ephemetry drain', () => {
  it('delivers what earlier runs left', async () => {
    await using receiver = await startReceiver();
    const spool = makeSpool();
    await spoolBatches(spool, [1, 2]);
    await spoolBatches(spool, [4]);
    const ended = await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(ended).toMatchObject({ code: 0, stdout: `3 batches delivered (${spool})\n`, stderr: '' });
    assertTotals(receiver.totals(), { counters: { runs_total: { '': 7 } } });
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

  it('exits with 1 when a batch was rejected for ever', async () => {
    await using receiver = await startReceiver({ behaviour: { kind: 'status', status: 400 } });
    const spool = makeSpool();
    await spoolBatches(spool, [1]);
    const ended = await runCommand(['drain', '--json', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(ended.code).toBe(1);
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({ directory: spool, delivered: 0, rejected: 1, remaining: 0 }),
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
            await waitFor(() => receiver.batches.length === 2, {
              what: 'the second drain',
              deadlineMs: 10_000,
            });
            await spoolBatches(spool, [4]);
            program.kill('SIGTERM');
          })();
        },
      },
    );
    await acted;
    expect(ended).toMatchObject({ code: 0, stderr: '', survivors: [] });
    assertTotals(receiver.totals(), { counters: { runs_total: { '': 7 } } });
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
            .waitFor(() => receiver.requests.length >= 3, { what: 'three drains', deadlineMs: 15_000 })
            .finally(() => program.kill('SIGINT'));
        },
      },
    );
    const ended = await stopped;
    expect(ended).toMatchObject({ code: 1, stdout: `0 batches delivered, 1 remaining (${spool})\n` });
    expect([drains, ended.stderr.split('\n').length]).toEqual([1, 2]);
  });
});
