/**
 * Programs that end by themselves, or are interrupted while they send from the main thread: they end and print as bare Node
 * does, however long a Collector takes, and every batch is counted once.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { type Ended, type ProgramOptions, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
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

const DELAYS_MS = [0, 100] as const;
/** Ample: what comes is asserted, not when. */
const ANSWER_BUDGET = { EPHEMETRY_ANSWER_BUDGET_MS: '30000' };

function run(host: string, options: ProgramOptions = {}): Promise<Ended> {
  return runProgram(fixture('natural-hosts.ts'), { timeoutMs: 120_000, ...options, args: [host] });
}

const bareHosts: Map<string, Promise<Ended>> = new Map();

/** How a host ends without telemetry. Run once: no Collector has a part in it. */
function bareHost(host: string, options: ProgramOptions = {}): Promise<Ended> {
  const known =
    bareHosts.get(host) ?? runProgram(fixture('natural-hosts.ts'), { ...options, args: [host, 'bare'] });
  bareHosts.set(host, known);
  return known;
}

function expectAsBare(ended: Ended, bare: Ended): void {
  expect(ending(ended)).toEqual(ending(bare));
  expect(ended.stdout).toBe(bare.stdout);
}

/** Of the batches that came, each once. */
function identities({ receiver }: Scene): string[] {
  return [...new Set(receiver.batches.map(({ runId, sequence }) => `${runId} ${sequence}`))];
}

/** Hosts that nothing interrupts, and how often they measure. */
const HOSTS = [
  ['ends by itself', 1],
  ['sets an exit code', 1],
  ['awaits what never comes', 1],
  ['has a second listener', 1],
  ['has a listener that came first', 1],
  ['adds a listener later', 1],
  ['adds a listener at its end', 1],
  ['begins a timer at its end', 1],
  ['begins an immediate at its end', 1],
  ['has two providers', 2],
  ['flushes and does not wait', 1],
  ['flushes and does not wait, with a listener', 1],
  ['has timers of a test', 1],
  ['flushes under timers of a test', 1],
  ['has a listener that is called once and adds work', 1],
  ['adds work at each end, three times', 3],
  ['has timers that hold nothing', 1],
  ['has a spinner', 1],
  ['measures when all is over', 2],
  ['throws when all is over', 1],
  ['flushes, then flushes again', 3],
] as const;

for (const delayMs of DELAYS_MS) {
  describe.concurrent(`a Collector that answers after ${delayMs} ms, and a program that`, () => {
    test.for(HOSTS)('%s: ends as it would, and each batch comes once', async ([host, measures], context) => {
      const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs } });

      const ended = await run(host, { env: { ...scene.env, ...ANSWER_BUDGET } });

      expectAsBare(ended, await bareHost(host));
      expect(linesSaid(ended)).toEqual([]);
      expect(verdicts(ended).at(-1)).toMatchObject({ spooled: 0, inDoubt: 0, lost: 0 });
      expect(identities(scene)).toHaveLength(scene.receiver.batches.length);
      expect(spoolFiles(scene.spoolDir)).toEqual([]);
      await scene.expectCounted(measures);
    });
  });
}

describe.concurrent('a program that', () => {
  test('has timers and ends by itself needs no thread, and none of its timers ticks', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs: 200 } });
    const marks: string[] = [];
    // A machine that is busy for longer than the delay of the thread is an exception.
    for (let i = 0; i < 3; i += 1) {
      const ended = await run('has a spinner', { env: { ...scene.env, ...ANSWER_BUDGET } });
      expect(ended.stdout).toBe('exit 0\n');
      marks.push(...ended.marks);
    }
    expect(marks).toContain('threads 0');
    await scene.expectCounted(3);
  });

  test('has two providers needs no thread, and each is told once', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs: 100 } });
    const marks: string[] = [];
    // A machine that is busy for longer than the delay of the thread is an exception.
    for (let i = 0; i < 3; i += 1) {
      const env = { ...scene.env, ...ANSWER_BUDGET, EPHEMETRY_EXIT_BUDGET_MS: '10000' };
      const ended = await run('has two providers', { env });
      expect(verdicts(ended)).toMatchObject([{ delivered: 1 }, { delivered: 1 }]);
      marks.push(...ended.marks);
    }
    expect(marks).toContain('delivered true');
    await scene.expectCounted(6);
  });

  test('has two providers and is ended by a signal: both deliver, and each is told once', async (context) => {
    const scene = await setScene(context);

    const ended = await run('has two providers and lives on', {
      env: scene.env,
      signalWhen: { mark: 'ready', signal: 'SIGTERM' },
    });

    expect(ended.signal).toBe('SIGTERM');
    expect(verdicts(ended)).toMatchObject([{ delivered: 1 }, { delivered: 1 }]);
    await scene.expectCounted(2);
  });

  test.for(['flushes and does not wait', 'shuts down and does not wait'])(
    '%s: a silent Collector holds it for the budgets of an end, not for the time of that call',
    async (host, context) => {
      const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 250 });

      const ended = await run(host, { env: scene.env });

      expectAsBare(ended, await bareHost(host));
      expect(ended.wallMs).toBeLessThan(PROMPT_MS);
      expect(scene.receiver.requests.length).toBeLessThanOrEqual(1);
      await scene.expectCounted(1);
    },
  );

  test('sent a batch in vain, and exits before its thread has begun: says that it is in doubt', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 1 });

    const ended = await run('flushes in vain, then exits', {
      env: { ...scene.env, OTEL_EXPORTER_OTLP_TIMEOUT: '1000', EPHEMETRY_ANSWER_BUDGET_MS: '0' },
    });

    expect(ended.code).toBe(6);
    expect(verdicts(ended)).toMatchObject([{ delivered: 0, spooled: 0, inDoubt: 1 }]);
    expect(spoolFiles(scene.spoolDir)).toEqual([expect.stringMatching(/\.sent-\d+\b/)]);
    await scene.expectCounted(1);
  });

  test.for(['has a thread that holds nothing and talks', 'awaits what never comes, and is talked to'])(
    '%s: ends at once, as it would',
    async (host, context) => {
      const budgetMs = 10_000;
      const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs });
      const env = { ...scene.env, EPHEMETRY_ANSWER_BUDGET_MS: String(budgetMs) };
      const bare = await bareHost(host);

      let runs = 0;
      let shortestMs = Number.POSITIVE_INFINITY;
      // On a machine that is busy for longer than the delay of the thread, that one sends, and is waited for.
      while (shortestMs >= budgetMs && runs < 5) {
        const ended = await run(host, { env });
        expectAsBare(ended, bare);
        expect(verdicts(ended)).toMatchObject([{ delivered: 0, lost: 0 }]);
        shortestMs = Math.min(shortestMs, ended.wallMs);
        runs += 1;
      }

      expect(shortestMs).toBeLessThan(budgetMs);
      await scene.expectCounted(runs);
    },
  );

  test('is instrumented sees nothing of what the main thread sends', async (context) => {
    const scene = await setScene(context);

    const marks: string[] = [];
    let runs = 0;
    // A machine that is busy for longer than the delay of the thread is an exception.
    for (; runs < 3 || (runs < 20 && !marks.includes('traced false')); runs += 1)
      marks.push(...(await run('is instrumented', { env: scene.env })).marks);

    expect(marks).toContain('traced false');
    expect(marks).not.toContain('traced true');
    await scene.expectCounted(2 * runs);
  });

  test('gets no thread sends from the main thread, in a flush and at its end', async (context) => {
    const scene = await setScene(context);
    const execArgv = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];

    const ended = await run('flushes, then flushes again', { env: scene.env, execArgv });

    expect(linesSaid(ended)).toEqual([]);
    expect(verdicts(ended)).toMatchObject([{ delivered: 3 }]);
    expect(scene.receiver.batches).toHaveLength(3);
  });

  test('shuts down within a time gets its verdict by then, also of a Collector that never answers', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' } });

    const ended = await run('shuts down within a time', { env: scene.env });

    expect(ended.marks).toContain('shutdown says 1');
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(scene.receiver.requests).toHaveLength(1);
    await scene.expectCounted(1);
  });

  test('ends by itself takes the oldest of what earlier runs left, 16 files at most', async (context) => {
    const scene = await setScene(context);
    const EARLIER = 19;
    for (let i = 0; i < EARLIER; i += 1)
      await run('ends by itself', { env: { ...scene.env, EPHEMETRY_DELIVERY: 'spool-only' } });
    const writtenMs = (name: string): number => statSync(join(scene.spoolDir, name)).mtimeMs;
    const [oldest] = spoolFiles(scene.spoolDir).sort((a, b) => writtenMs(a) - writtenMs(b));

    // On a busy machine the time for others may be over before it begins: sees an end that had some.
    let ends = 0;
    let batches = scene.receiver.batches;
    while (ends < 10 && batches.length <= 1) {
      const before = scene.receiver.batches.length;
      const ended = await run('ends by itself', { env: scene.env });
      expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
      batches = scene.receiver.batches.slice(before);
      ends += 1;
    }
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.length).toBeLessThanOrEqual(17);
    expect(oldest).toContain(batches[1]?.runId);
    await scene.expectCounted(EARLIER + ends);
  });
});

/** The batch may have arrived: the process that sent it does not send it again, and says so. */
async function expectInDoubt(scene: Scene, ended: Ended): Promise<void> {
  expect(verdicts(ended)).toMatchObject([{ delivered: 0, inDoubt: 1, spooled: 0, lost: 0 }]);
  expect(linesSaid(ended)).toEqual([expect.stringContaining('1 batch in doubt in ')]);
  expect(scene.receiver.requests).toHaveLength(1);
  expect(spoolFiles(scene.spoolDir)).toEqual([expect.stringMatching(/\.sent-\d+\b/)]);
  await scene.expectCounted(1);
}

describe.concurrent('in the middle of its POST a program', () => {
  const HOW = ['lets a signal end it', 'exits when a signal comes', 'throws when a signal comes'];
  const moments = HOW.flatMap((host) => [0, 5, 50].map((afterMs) => [host, afterMs] as const));

  test.for(moments)(
    '%s, after %i ms: ends as it would, and its batch is in doubt',
    async ([host, afterMs], context) => {
      const scene = await setScene(context, { behaviour: { kind: 'silent' } });

      const ended = await run(host, {
        env: scene.env,
        onMark: (mark, program) => {
          if (mark !== 'begins') return;
          const sent = scene.receiver.waitFor(() => scene.receiver.requests.length > 0, {
            what: 'the batch',
          });
          void sent.then(() => setTimeout(() => program.kill('SIGTERM'), afterMs));
        },
      });

      expectAsBare(ended, await bareHost(host, { signalWhen: { mark: 'ready', signal: 'SIGTERM' } }));
      await expectInDoubt(scene, ended);
    },
  );

  const interrupted = [0, 5, 50].flatMap((afterMs) =>
    ['exits', 'throws'].map((how) => `${how} ${afterMs} ms after it began to send`),
  );
  test.for(interrupted)('%s: ends as it would, and its batch is counted once', async (host, context) => {
    const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs: 200 } });

    const ended = await run(host, { env: { ...scene.env, ...ANSWER_BUDGET } });

    expectAsBare(ended, await bareHost(host));
    expect(verdicts(ended)).toMatchObject([{ spooled: 0, lost: 0 }]);
    // The endpoint is not blamed for an answer that nobody waited for.
    for (const line of linesSaid(ended))
      expect(line).toMatch(/the program ended \d+ ms after it sent a batch/);
    // Either nothing had left, and a thread sent it, or it is in doubt.
    expect(scene.receiver.requests).toHaveLength(1);
    await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });
    await scene.expectCounted(1);
  });
});
