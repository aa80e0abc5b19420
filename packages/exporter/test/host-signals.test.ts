/**
 * Signals, in company: whatever else listens to them, the program dies as bare Node does, and nothing is lost.
 * Alone, as process 1 and a second time they are endings of the exit matrix.
 */
import {
  type Ended,
  type ProgramOptions,
  runProgram,
  runUnshared,
  unsharedUnavailable,
} from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, setScene, spoolFiles, verdicts } from './scene.ts';

const HOSTS = fixture('signal-hosts.ts');
const COMPANIONS = [
  'signal-exit 3',
  'signal-exit 4',
  'execa',
  'a handler that exits when it is alone',
  'a handler that takes itself away',
];
const CASES = COMPANIONS.flatMap((companion) =>
  [`${companion}, then telemetry`, `telemetry, then ${companion}`].flatMap((host) =>
    (['SIGINT', 'SIGTERM'] as const).map((signal) => ({ host, signal })),
  ),
);
const noNamespaces = unsharedUnavailable();

function runUntil(signal: NodeJS.Signals, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  return runProgram(HOSTS, { args, signalWhen: { mark: 'ready', signal }, ...options });
}

const isOfSignalExit = (mark: string): boolean => mark.startsWith('signal-exit');

describe.concurrent('beside other listeners', () => {
  for (const { host, signal } of CASES) {
    test(`${host}: ${signal} ends it as bare Node, and all is counted`, async (context) => {
      const scene = await setScene(context);

      const ended = await runUntil(signal, [host], { env: scene.env });

      const bare = await runUntil(signal, [host, 'bare'], {});
      // Not the survivors: execa tells its child to end, but nobody waits until it has.
      expect([ended.code, ended.signal]).toEqual([bare.code, bare.signal]);
      expect(ended.marks.filter(isOfSignalExit)).toEqual(bare.marks.filter(isOfSignalExit));
      await scene.expectCounted(1);
    });
  }

  test('two providers: one signal ends both, and both are counted', async (context) => {
    const scene = await setScene(context);

    const ended = await runUntil('SIGTERM', ['two providers'], { env: scene.env });

    expect(ending(ended)).toEqual({ code: null, signal: 'SIGTERM', survivors: [] });
    await scene.expectCounted(2);
  });

  test('a host that signals itself in an exit handler dies of it as bare Node, and all is counted', async (context) => {
    const scene = await setScene(context);
    const host = 'signals itself when all is over';

    const ended = await runProgram(HOSTS, { args: [host], env: scene.env });

    expect(ending(ended)).toEqual(ending(await runProgram(HOSTS, { args: [host, 'bare'] })));
    expect(ended.signal).toBe('SIGTERM');
    expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
    await scene.expectCounted(1);
  });

  test('a host that goes on after a signal is met by the next one as well', async (context) => {
    const scene = await setScene(context);
    const signalWhen = ['ready', 'received 1'].map((mark) => ({ mark, signal: 'SIGTERM' as const }));

    const ended = await runProgram(HOSTS, { args: ['goes on twice'], env: scene.env, signalWhen });

    expect(ending(ended)).toEqual({ code: 8, signal: null, survivors: [] });
    expect(verdicts(ended)).toMatchObject([{ spooled: 0, lost: 0 }]);
    await scene.expectCounted(3);
  });

  test('a host that emits a signal itself goes on as bare Node, persisted', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, { args: ['emits a signal itself, and goes on'], env: scene.env });

    expect(ending(ended)).toEqual({ code: 5, signal: null, survivors: [] });
    expect(spoolFiles(scene.spoolDir)).toEqual([]);
    await scene.expectCounted(1);
  });

  test.for([
    { handled: 'yes', listeners: '1,1,1' },
    { handled: 'no', listeners: '0,0,0' },
  ])(
    'listens once to each signal when handling is switched on: $handled',
    async ({ handled, listeners }, context) => {
      const scene = await setScene(context);
      const env = { ...scene.env, HANDLE_SIGNALS: handled };

      const ended = await runUntil('SIGTERM', ['counts listeners'], { env });

      expect(ended.marks).toContain(`listeners ${listeners}`);
      expect(ending(ended)).toEqual({ code: null, signal: 'SIGTERM', survivors: [] });
      await scene.expectCounted(1);
    },
  );

  test.for(['shuts down when told to', 'flushes when told to, then sends the signal again'])(
    'a host that %s ends as bare Node, delivered',
    async (host, context) => {
      const scene = await setScene(context);

      const ended = await runUntil('SIGTERM', [host], { env: scene.env });

      expect(ending(ended)).toEqual(ending(await runUntil('SIGTERM', [host, 'bare'], {})));
      expect(spoolFiles(scene.spoolDir)).toEqual([]);
      await scene.expectCounted(2);
    },
  );

  test('what was measured a persist interval ago survives SIGKILL', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' } });

    const ended = await runProgram(HOSTS, {
      args: ['waits for the interval'],
      env: scene.env,
      onMark: (_, program) => {
        const isPersisted = (): boolean => scene.receiver.requests.length > 0;
        void scene.receiver
          .waitFor(isPersisted, { what: 'the first request' })
          .finally(() => program.kill('SIGKILL'));
      },
    });

    expect(ending(ended)).toEqual({ code: null, signal: 'SIGKILL', survivors: [] });
    await scene.expectCounted(1);
  });
});

test('a second signal that is another one kills at once, and by itself', async (context) => {
  const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 30_000 });
  const isWaiting = (): boolean => scene.receiver.requests.length > 0;

  const ended = await runProgram(HOSTS, {
    args: ['alone'],
    env: scene.env,
    onMark: (_, program) => {
      program.kill('SIGTERM');
      void scene.receiver.waitFor(isWaiting, { what: 'the request' }).then(() => program.kill('SIGINT'));
    },
  });

  expect(ending(ended)).toEqual({ code: null, signal: 'SIGINT', survivors: [] });
  expect(verdicts(ended)).toEqual([]);
  await scene.expectCounted(1);
});

const title = 'as process 1, a host that goes on after a signal is met by the next one as well';

test.skipIf(noNamespaces)(
  noNamespaces === undefined ? title : `${title} (skipped: ${noNamespaces})`,
  async (context) => {
    const scene = await setScene(context);
    const signalWhen = ['ready', 'received 1'].map((mark) => ({ mark, signal: 'SIGTERM' as const }));

    const ended = await runUnshared(HOSTS, { args: ['goes on twice'], env: scene.env, signalWhen });

    expect(ended).toMatchObject({ kind: 'ended', code: 8, signal: null });
    await scene.expectCounted(3);
  },
);
