/** Threads and processes of the host, and the end of ours: every one of them is a run, and none is waited for in vain. */
import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import {
  assertTotals,
  type Ended,
  type ProgramOptions,
  type RunningProgram,
  runProgram,
  runUnshared,
  unsharedUnavailable,
  waitFor,
} from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import {
  ending,
  fixture,
  linesSaid,
  PROMPT_MS,
  type Scene,
  setScene,
  spoolFiles,
  verdicts,
} from './scene.ts';

const HOSTS: Readonly<Record<string, { times: number; marks: string[]; code?: number }>> = {
  'a thread that ends by itself': { times: 1, marks: ['thread ended with 0'] },
  'a thread that calls process.exit': { times: 1, marks: ['thread ended with 7'] },
  'a thread that throws': { times: 1, marks: ['thread ended with 1'] },
  'a thread that is terminated right after a measurement': { times: 1, marks: ['thread ended with 1'] },
  'a thread that dies with the process': { times: 1, marks: [], code: 8 },
  'four threads and the main one': { times: 5, marks: [] },
  'a forked process': { times: 2, marks: ['child ended with 7'] },
  'a forked process that is sent SIGTERM': { times: 2, marks: ['child ended with SIGTERM'] },
  cluster: { times: 3, marks: ['child ended with SIGTERM', 'child ended with SIGTERM'] },
};

describe.concurrent('a host with', () => {
  for (const [host, { times, marks, code = 0 }] of Object.entries(HOSTS)) {
    test(`${host}: all of them are counted`, async (context) => {
      const scene = await setScene(context);

      const ended = await runProgram(fixture('thread-hosts.ts'), { args: [host], env: scene.env });

      expect(ending(ended)).toEqual({ code, signal: null, survivors: [] });
      expect(ended.marks.filter((mark) => mark.includes('ended with'))).toEqual(marks);
      expect(linesSaid(ended)).toEqual([]);
      await scene.expectCounted(times);
    });
  }
});

test.skipIf(!existsSync('/proc/thread-self'))(
  'what a terminated thread left is drained while its process lives on',
  async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(fixture('thread-hosts.ts'), {
      args: ['a thread that is terminated, and goes on'],
      env: scene.env,
    });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(spoolFiles(scene.spoolDir)).toEqual([]);
    assertTotals(scene.receiver.totals(), expectedTotals(1));
  },
);

describe.concurrent('a delivery thread that', () => {
  function run(host: string, scene: Scene, options: ProgramOptions = {}): Promise<Ended> {
    return runProgram(fixture('dying-thread-hosts.ts'), { args: [host], env: scene.env, ...options });
  }

  test('dies while main waits: the wait ends early, spooled, and said', async (context) => {
    const scene = await setScene(context, { budgetMs: 60_000, behaviour: { kind: 'answer' } });
    void scene.receiver
      .waitFor(() => scene.receiver.batches.length > 0, { what: 'the first batch' })
      .then(() => scene.receiver.behave({ kind: 'silent' }));

    const ended = await run('dies while main waits', scene);

    expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(verdicts(ended)).toMatchObject([{ delivered: 1, spooled: 1, failure: { kind: 'thread' } }]);
    expect(linesSaid(ended)).toEqual([
      expect.stringMatching(/delivery thread is not running.*1 batch spooled/),
    ]);
    await scene.expectCounted(2);
  });

  test('dies before it has started: the wait ends early, spooled, and said', async (context) => {
    const scene = await setScene(context, { budgetMs: 60_000, behaviour: { kind: 'silent' } });

    const ended = await run('dies before it has started', scene);

    expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(verdicts(ended)).toMatchObject([{ spooled: 1, failure: { kind: 'thread' } }]);
    await scene.expectCounted(1);
  });

  test('dies during a flush: the flush settles', async (context) => {
    const scene = await setScene(context, { budgetMs: 60_000, behaviour: { kind: 'silent' } });

    const ended = await run('dies during a flush', scene);

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    // It may die before the last byte is sent, or after it.
    expect(ended.marks[0]).toMatch(/^flush says .*"(spooled|inDoubt)":1.*"kind":"thread"/);
    await scene.expectCounted(1);
  });

  test('dies long before the end: later batches are spooled', async (context) => {
    const scene = await setScene(context, { budgetMs: 60_000 });

    const ended = await run('dies long before the end', scene);

    expect(ended.marks[0]).toContain('"kind":"persisted"');
    expect(verdicts(ended)).toMatchObject([{ delivered: 1, spooled: 2, lost: 0 }]);
    await scene.expectCounted(3);
  });
});

const noNamespaces = unsharedUnavailable();
const sharing = noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`;

/** Longer than a foreign owner is given: see FOREIGN_LEASE_MS. */
const LONG_AGO = new Date(Date.now() - 660_000);

describe.concurrent(`two runs that are both process 1 and share a spool${sharing}`, () => {
  /** Starts one whose Collector is dead, runs a second one beside it, then ends the first with the signal. */
  async function runBoth(scene: Scene, signal: NodeJS.Signals): Promise<readonly [Ended, Ended]> {
    let second: Promise<Ended> | undefined;
    const beside = async (first: RunningProgram): Promise<Ended> => {
      try {
        const isThere = (): boolean => spoolFiles(scene.spoolDir).length === 1;
        await waitFor(isThere, { what: 'the spool file' });
        const before = spoolFiles(scene.spoolDir);
        const ended = await unshared('thread-hosts.ts', 'a drain beside it', scene.env);
        expect(spoolFiles(scene.spoolDir)).toEqual(expect.arrayContaining(before));
        return ended;
      } finally {
        first.kill(signal);
      }
    };
    const first = await unshared(
      'signal-hosts.ts',
      'waits for the interval',
      { ...scene.env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/v1/metrics' },
      (_, program) => {
        second ??= beside(program);
      },
    );
    if (second === undefined) throw new Error('the first run was never ready');
    return [first, await second];
  }

  test.skipIf(noNamespaces)(
    'the living one is left alone, and gives its batch up at its end',
    async (context) => {
      const scene = await setScene(context);

      const [first, second] = await runBoth(scene, 'SIGTERM');

      expect([first.code, second.code]).toEqual([143, 0]);
      expect(verdicts(second)).toMatchObject([{ delivered: 1 }]);
      expect(second.marks[0]).toMatch(/^drain says .*"delivered":0.*"busyFiles":[12],/);
      await scene.expectCounted(2);
    },
  );

  test.skipIf(noNamespaces)('a killed one is drained when it has been silent for long', async (context) => {
    const scene = await setScene(context);

    const [first] = await runBoth(scene, 'SIGKILL');

    expect(first.signal).toBe('SIGKILL');
    const terms = { spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} };
    expect(await drain(terms)).toMatchObject({ delivered: 0, busyFiles: 1 });
    assertTotals(scene.receiver.totals(), expectedTotals(1));
    const [file = ''] = spoolFiles(scene.spoolDir);
    utimesSync(join(scene.spoolDir, file), LONG_AGO, LONG_AGO);
    await scene.expectCounted(2);
  });
});

async function unshared(
  file: string,
  host: string,
  env: Readonly<Record<string, string>>,
  onMark?: ProgramOptions['onMark'],
): Promise<Ended> {
  const ended = await runUnshared(fixture(file), {
    args: [host],
    env,
    ...(onMark === undefined ? {} : { onMark }),
  });
  if (ended.kind === 'unavailable') throw new Error(ended.reason);
  return ended;
}
