import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { childrenOf } from './process-list.ts';
import { ProgramTimeout } from './program.ts';
import { runProgram } from './run-program.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const say = fixture('say');
const hang = fixture('hang');
const leaveBehind = fixture('leave-behind');

test('runs a program with arguments, input and Node options, and tells how it ended', async () => {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const options = { args: ['a b'], execArgv: ['--no-warnings'], stdin: 'hello', cwd: directory.path };
  const ended = await runProgram(say, options);
  expect(ended).toMatchObject({ code: 3, signal: null, stderr: 'said\n', marks: [], survivors: [] });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    args: ['a b'],
    execArgv: ['--no-warnings'],
    input: 'hello',
    cwd: directory.path,
    pid: ended.pid,
  });
  expect(ended.wallMs).toBeGreaterThan(10);
});

test('gives the program a clean environment', async () => {
  process.env.OTEL_TEST_LEAK = 'leaked';
  onTestFinished(() => {
    delete process.env.OTEL_TEST_LEAK;
  });
  const { env } = JSON.parse((await runProgram(say, { env: { OTEL_LOG_LEVEL: 'debug' } })).stdout);
  const names = Object.keys(env).filter((key) => key !== 'NODE_COMPILE_CACHE');
  expect(names.sort()).toEqual(['HOME', 'OTEL_LOG_LEVEL', 'PATH', 'TEST_PROGRAM']);
  expect(env.HOME).not.toBe(process.env.HOME);
  expect(existsSync(env.HOME)).toBe(false);
  const kept = JSON.parse((await runProgram(say, { home: '/nowhere' })).stdout);
  expect(kept.env.HOME).toBe('/nowhere');
});

test('sends a signal at a mark, and stdout stays untouched', async () => {
  const ended = await runProgram(hang, { signalWhen: { mark: 'ready', signal: 'SIGKILL' } });
  expect(ended).toMatchObject({ code: null, signal: 'SIGKILL', stdout: 'waiting\n', marks: ['ready'] });
});

test('sends several signals, each at its mark, and calls at each mark', async () => {
  const seen: string[] = [];
  const ended = await runProgram(hang, {
    args: ['polite'],
    signalWhen: [{ mark: 'ready', signal: 'SIGTERM' }],
    onMark: (mark, program) =>
      seen.push(`${mark} ${childrenOf(process.pid).some((each) => each.pid === program.pid)}`),
  });
  expect(ended).toMatchObject({ code: 7, signal: null, marks: ['ready', 'asked'] });
  expect(seen[0]).toBe('ready true');
});

test('signals from a callback that reads stdout', async () => {
  const ended = await runProgram(hang, { onStdout: (_, program) => program.kill('SIGTERM') });
  expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' });
});

test('kills a program that does not end in time, and says so', async () => {
  const failure = await runProgram(hang, { timeoutMs: 1_000 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProgramTimeout);
  expect(failure).toMatchObject({
    message: expect.stringMatching(/hang\.ts \(pid \d+\) did not end within 1000 ms and was killed/),
  });
  if (failure instanceof ProgramTimeout) expect(existsSync(`/proc/${failure.ended.pid}`)).toBe(false);
});

test('passes on what a callback throws, after killing the program', async () => {
  const running = runProgram(hang, {
    onMark: () => {
      throw new Error('not as expected');
    },
  });
  await expect(running).rejects.toThrow('not as expected');
});

test.skipIf(process.platform !== 'linux').each(['attached', 'detached'])(
  'finds and kills an %s process that was left behind',
  async (how) => {
    const ended = await runProgram(leaveBehind, { args: [how] });
    expect(ended.survivors.map((each) => each.pid)).toEqual([Number(ended.stdout)]);
    expect(ended.code).toBe(0);
  },
);

test('fails when the program cannot be started', async () => {
  await expect(runProgram(say, { cwd: '/nowhere' })).rejects.toThrow('ENOENT');
});

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));
}
