/** Ends of a program beyond the exit matrix: rarer, later, or with telemetry that only starts when all is over. */
import { existsSync } from 'node:fs';
import { type Ended, type ProgramOptions, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, PROMPT_MS, setScene, spoolFiles, verdicts } from './scene.ts';

const HOSTS = fixture('ending-hosts.ts');

function run(host: string, options: ProgramOptions, ...mode: string[]): Promise<Ended> {
  return runProgram(HOSTS, { args: [host, ...mode], ...options });
}

const TIMES: Readonly<Record<string, number>> = {
  'process.exit in an uncaughtException handler': 1,
  'an uncaughtException handler that goes on': 2,
  'an uncaughtException handler that throws': 1,
  'an unhandledRejection handler that goes on': 2,
  'process.reallyExit after persist': 1,
  'beforeExit handlers that find more work': 3,
  'process.exit in a beforeExit handler': 1,
  'process.exit in an exit handler': 1,
  'process.exit in an exit handler, measuring again': 2,
  'an unsettled top-level await': 1,
  'flush as the last thing': 1,
  'forceFlush as the last thing': 1,
  'flush of nothing as the last thing': 0,
  'shutdown as the last thing': 1,
  'flush that nobody awaits': 1,
  'process.exit while a flush is pending': 1,
  'starts in an exit handler': 1,
  'starts in an exit handler of process.exit': 1,
  'measures first in an exit handler': 1,
  'persists 60 times': 60,
  'an onEnding listener that measures': 2,
  'an onEnding listener that throws': 1,
};

/** Node gives JavaScript no chance to wait: persisted only. */
const WITHOUT_EXIT_EVENT = ['process.reallyExit after persist', 'an uncaughtException handler that throws'];

describe.concurrent('a program with', () => {
  for (const [host, times] of Object.entries(TIMES)) {
    test(`${host}: counted, and ends as bare Node`, async (context) => {
      const scene = await setScene(context);

      const ended = await run(host, { env: scene.env });

      const bare = await run(host, {}, 'bare');
      expect(ending(ended)).toEqual(ending(bare));
      expect(ended.stdout).toBe('');
      expect(linesSaid(ended)).toEqual([]);
      expect(ended.marks.filter((mark) => mark === 'flushed')).toEqual(bare.marks);
      if (!WITHOUT_EXIT_EVENT.includes(host)) expect(spoolFiles(scene.spoolDir)).toEqual([]);
      await scene.expectCounted(times);
    });
  }

  test('more than 30 batches at once: they are sent one at a time', async (context) => {
    const scene = await setScene(context);

    const ended = await run('persists 60 times', { env: scene.env });

    expect(verdicts(ended)).toMatchObject([{ delivered: 60, spooled: 0, lost: 0 }]);
    expect(scene.receiver.maximumInFlight).toBe(1);
  });

  test('shutdown twice at once, measuring meanwhile: one verdict for both, and nothing is lost', async (context) => {
    const scene = await setScene(context);

    const ended = await run('shutdown twice at once, measuring meanwhile', { env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    const [verdict] = verdicts(ended);
    expect(verdict).toMatchObject({ delivered: 1, spooled: 1, lost: 0 });
    expect(ended.marks).toEqual([
      `verdict ${JSON.stringify(verdict)}`,
      `resolved ${JSON.stringify([verdict, verdict])}`,
    ]);
    await scene.expectCounted(2);
  });

  test('an onVerdict that measures: one verdict, and the rest is left to the next run', async (context) => {
    const scene = await setScene(context);

    const ended = await run('an onVerdict that measures', { env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(verdicts(ended)).toMatchObject([{ delivered: 1, spooled: 0, lost: 0 }]);
    expect(linesSaid(ended)).toEqual([]);
    expect(spoolFiles(scene.spoolDir)).toEqual([expect.stringContaining('.free.')]);
    await scene.expectCounted(2);
  });

  test('shutdown before the first measurement: no listener comes after it, and no file', async (context) => {
    const scene = await setScene(context);

    const ended = await run('shutdown before the first measurement', { env: scene.env });

    expect(ended).toMatchObject({ code: 0, stderr: '', marks: ['listeners added: false'] });
    expect(existsSync(scene.spoolDir)).toBe(false);
  });

  test('an onVerdict that throws does not change its exit code', async (context) => {
    const scene = await setScene(context);

    const ended = await run('an onVerdict that throws', { env: scene.env });

    expect(ending(ended)).toEqual({ code: 19, signal: null, survivors: [] });
    expect(linesSaid(ended)).toEqual([expect.stringContaining('onVerdict on purpose')]);
    await scene.expectCounted(1);
  });
});

describe.concurrent('with a Collector that never answers', () => {
  const silent = { kind: 'silent' } as const;

  test.for(['starts in an exit handler', 'process.exit in an exit handler', 'an unsettled top-level await'])(
    '%s: waits once, and no longer than the budget',
    async (host, context) => {
      const scene = await setScene(context, { behaviour: silent, budgetMs: 300 });

      const ended = await run(host, { env: scene.env });

      expect(ended.wallMs).toBeLessThan(PROMPT_MS);
      expect(ended.code).toBe((await run(host, {}, 'bare')).code);
      const told = verdicts(ended).at(-1);
      expect(told).toMatchObject({ delivered: 0, lost: 0, failure: { kind: 'timeout' } });
      await scene.expectCounted(1);
    },
  );

  test('flush ends at its own timeout and tells what happened', async (context) => {
    const scene = await setScene(context, { behaviour: silent, budgetMs: 2000 });

    const ended = await run('flush that nobody awaits', { env: scene.env });

    expect(ended.wallMs).toBeGreaterThan(1000);
    expect(verdicts(ended)).toMatchObject([{ delivered: 0, inDoubt: 1 }]);
    await scene.expectCounted(1);
  });

  test('a program that measured nothing ends at once and leaves nothing', async (context) => {
    const scene = await setScene(context, { behaviour: silent, budgetMs: 30_000 });

    const ended = await run('measures nothing', { env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(ended.marks).toEqual(['listeners added: false']);
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(existsSync(scene.spoolDir)).toBe(false);
    expect(ended.stderr).toBe('');
    expect(scene.receiver.connections).toBe(0);
  });

  test('its exit listeners come with the first measurement', async (context) => {
    const scene = await setScene(context);

    const ended = await run('measures, and looks at its listeners', { env: scene.env });

    expect(ended.marks).toContain('listeners added: true');
  });
});
