/** What came late or was lost is in the spool's ledger, each once, for whoever reports it; a healthy run leaves none. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { drain, takeSpoolLedger } from '@ephemetry/exporter';
import { type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { NO_COUNTS } from '../src/spool/ledger.ts';
import { fixture, type Scene, setScene, spoolFiles, verdicts } from './scene.ts';

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
const limits = hasPrlimit ? '' : ' (skipped: there is no prlimit)';

function run(scene: Scene, ending = 'process.exit in the same tick', env = {}): Promise<Ended> {
  return runProgram(fixture('dying-program.ts'), { args: [ending], env: { ...scene.env, ...env } });
}

function take({ spoolDir }: Scene): unknown {
  const taken = takeSpoolLedger({ spoolDir, env: {} });
  // Never twice.
  expect(takeSpoolLedger({ spoolDir, env: {} })).toBeUndefined();
  return taken;
}

describe.concurrent('the ledger', () => {
  test('is not there after a run of which nothing came late or was lost', async (context) => {
    const scene = await setScene(context);
    await run(scene);
    await run(scene);
    expect(readdirSync(scene.spoolDir)).toEqual(['last-verdict.json']);
    expect(take(scene)).toBeUndefined();
  });

  test('is not there while batches only wait', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    await run(scene);
    expect(take(scene)).toBeUndefined();
  });

  test('counts what the Collector refused for ever, and points refused inside a batch', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 400, times: 1 } });
    await run(scene);
    scene.receiver.behave({ kind: 'partial', rejectedDataPoints: 2, message: 'out of order' });
    await run(scene);
    expect(take(scene)).toEqual({ ...NO_COUNTS, rejected: 1, refusedPoints: 2 });
  });

  test('counts what the next run drained', async (context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    for (let i = 0; i < 3; i += 1) await run(scene);
    await scene.receiver.restart();
    // On a busy machine one dying run may not get to all of them.
    for (let i = 0; i < 4 && spoolFiles(scene.spoolDir).length > 0; i += 1) await run(scene);
    expect(spoolFiles(scene.spoolDir)).toEqual([]);
    expect(take(scene)).toEqual({ ...NO_COUNTS, drained: 3 });
  });

  test('counts what a drain delivered although the drain was killed', async (context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    for (let i = 0; i < 3; i += 1) await run(scene);
    await scene.receiver.restart();
    scene.receiver.behave({ kind: 'answer', delayMs: 300 });
    await runProgram(fixture('drain-program.ts'), {
      env: scene.env,
      onMark: (mark, program) => {
        if (mark !== 'drains') return;
        const third = scene.receiver.waitFor(() => scene.receiver.requests.length === 3, {
          what: 'the third',
        });
        void third.then(() => program.kill('SIGKILL'));
      },
    });
    expect(take(scene)).toEqual({ ...NO_COUNTS, drained: 2 });
  });

  test('counts the half-written line of a killed run once, and its whole ones as drained', async (context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    expect(await run(scene, 'SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    const [name = ''] = spoolFiles(scene.spoolDir);
    appendFileSync(join(scene.spoolDir, name), '{"resourceMetrics":[{"reso');
    await scene.receiver.restart();
    for (let i = 0; i < 2; i += 1)
      await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });
    expect(take(scene)).toEqual({ ...NO_COUNTS, drained: 1, unreadable: 1 });
  });

  test('counts what the limits removed', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    const limits = { EPHEMETRY_SPOOL_LIMIT_FILES: '1' };
    for (let i = 0; i < 3; i += 1) await run(scene, undefined, limits);
    expect(spoolFiles(scene.spoolDir)).toHaveLength(1);
    expect(take(scene)).toEqual({ ...NO_COUNTS, expired: 2 });
  });

  test('counts nothing that a spool-only run removes: a sidecar may have delivered it', async (context) => {
    const scene = await setScene(context);
    const env = { EPHEMETRY_SPOOL_LIMIT_FILES: '1', EPHEMETRY_DELIVERY: 'spool-only' };
    for (let i = 0; i < 3; i += 1) await run(scene, undefined, env);
    expect(spoolFiles(scene.spoolDir)).toHaveLength(1);
    expect(take(scene)).toBeUndefined();
  });

  test.skipIf(!hasPrlimit)(
    `counts what neither the disk nor the Collector took${limits}`,
    async (context) => {
      const scene = await setScene(context);
      await scene.receiver.stop();
      const args = ['reaches the limit of file sizes, and stays there'];
      const ended = await runProgram(fixture('disk-hosts.ts'), { args, env: scene.env });
      expect(verdicts(ended)).toMatchObject([{ delivered: 0, spooled: 1, lost: 2 }]);
      expect(take(scene)).toEqual({ ...NO_COUNTS, unsent: 2 });
    },
  );

  test('stays for somebody who can report it while telemetry is off', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 400 } });
    await run(scene);
    const { spoolDir } = scene;
    expect(takeSpoolLedger({ spoolDir, env: { OTEL_SDK_DISABLED: 'true' } })).toBeUndefined();
    expect(take(scene)).toEqual({ ...NO_COUNTS, rejected: 1 });
  });
});
