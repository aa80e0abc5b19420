import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, type Receiver, runProgram, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./fixtures/quiet-run.ts', import.meta.url));
const SPOOL_IN_HOME = '.local/state/ephemetry/spool';

interface QuietRun {
  readonly ended: Ended;
  readonly hasSpool: boolean;
}

async function run(
  receiver: Receiver,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<QuietRun> {
  const home = temporaryDirectory();
  onTestFinished(home.remove);
  const ended = await runProgram(PROGRAM, {
    args,
    home: home.path,
    env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url, EPHEMETRY_EXIT_BUDGET_MS: '60000', ...env },
  });
  return { ended, hasSpool: existsSync(join(home.path, SPOOL_IN_HOME)) };
}

it('a command without a session starts no thread, installs no listener and makes no spool', async () => {
  await using receiver = await startReceiver();
  const { ended, hasSpool } = await run(receiver, ['nothing']);
  expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '', marks: [] });
  expect(hasSpool).toBe(false);
  expect(receiver.batches).toEqual([]);
});

describe('what a test runner runs never reaches the spool of the tester', () => {
  it.each(['VITEST', 'JEST_WORKER_ID', 'NODE_TEST_CONTEXT'])('where %s is set', async (variable) => {
    await using receiver = await startReceiver();
    for (const what of ['session', 'gate']) {
      const { ended, hasSpool } = await run(receiver, [what], { [variable]: '1' });
      expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(ended.marks).toEqual(what === 'gate' ? ['gate disabled'] : []);
      expect(hasSpool).toBe(false);
    }
    expect(receiver.batches).toEqual([]);
  });

  it('and a misspelled wish is said', async () => {
    await using receiver = await startReceiver();
    const { ended } = await run(receiver, ['session'], { VITEST: 'true', EPHEMETRY_IN_TESTS: 'true' });
    expect(ended.stderr).toBe(
      'ephemetry: EPHEMETRY_IN_TESTS is "true"; allowed: on, off; fab is not measured in this test\n',
    );
    expect(receiver.batches).toEqual([]);
  });

  it('and is told why under OTEL_LOG_LEVEL=debug', async () => {
    await using receiver = await startReceiver();
    const { ended } = await run(receiver, ['session'], { VITEST: 'true', OTEL_LOG_LEVEL: 'debug' });
    expect(ended.stderr).toBe(
      'ephemetry: VITEST is set, so fab is not measured in this test; ' +
        'to measure it, set EPHEMETRY_IN_TESTS=on, or pass instrumentFab({ enabled: true })\n',
    );
  });
});

describe('a test that asks for telemetry gets it', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['EPHEMETRY_IN_TESTS=on', ['session'], { EPHEMETRY_IN_TESTS: 'on' }],
    ['instrumentFab({ enabled: true })', ['session', 'enabled'], {}],
  ])('by %s', async (_way, args, env) => {
    await using receiver = await startReceiver();
    const { ended } = await run(receiver, args, { VITEST: 'true', ...env });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(receiver.totals().counters['fab_agent_sessions_total']).toEqual({
      'group=factory,phase=discovery,role=product': 1,
    });
  });
});
