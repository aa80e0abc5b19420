/** A Collector that takes a batch and answers late, or never: no batch comes twice that need not, and none is lost. */
import { drain, readSpoolStatus, takeSpoolLedger } from '@ephemetry/exporter';
import { assertTotals, type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { fixture, linesSaid, type Scene, setScene, spoolFiles, verdicts } from './scene.ts';

const EXIT_BUDGET_MS = 250;
/** As long as a busy machine may need: what is asserted is what came, not when. */
const AMPLE_ANSWER_BUDGET = { EPHEMETRY_ANSWER_BUDGET_MS: '30000' };
const AMPLE_BUDGETS = { ...AMPLE_ANSWER_BUDGET, EPHEMETRY_EXIT_BUDGET_MS: '30000' };
/** Time enough to send on a busy machine; the answer budget ends later. */
const SENDING_BUDGET_MS = 3000;
const LATER_ANSWER_BUDGET = { EPHEMETRY_ANSWER_BUDGET_MS: '4000' };

function run(scene: Scene, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const args = ['process.exit in the same tick'];
  return runProgram(fixture('dying-program.ts'), { args, env: { ...scene.env, ...env } });
}

/** How often each batch came, by its identity. */
function copies({ receiver }: Scene): number[] {
  const counts = new Map<string, number>();
  for (const { runId, sequence } of receiver.batches) {
    const key = `${runId} ${sequence}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()];
}

describe.concurrent('answers that come late', () => {
  test.for([20, 100, 300, 900])('after %i ms: every batch comes once', async (delayMs, context) => {
    const scene = await setScene(context, {
      behaviour: { kind: 'answer', delayMs },
      budgetMs: EXIT_BUDGET_MS,
    });
    for (let i = 0; i < 4; i += 1) await run(scene, AMPLE_ANSWER_BUDGET);
    await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });

    expect(copies(scene)).toEqual([1, 1, 1, 1]);
    assertTotals(scene.receiver.totals(), expectedTotals(4));
    expect(spoolFiles(scene.spoolDir)).toEqual([]);
  });

  test.for([100, 300])(
    'after %i ms: what an earlier run left comes once, not with each run',
    async (delayMs, context) => {
      const scene = await setScene(context, { budgetMs: EXIT_BUDGET_MS });
      await scene.receiver.stop();
      await run(scene);
      await scene.receiver.restart();
      scene.receiver.behave({ kind: 'answer', delayMs });
      for (let i = 0; i < 5; i += 1) await run(scene, AMPLE_ANSWER_BUDGET);
      await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });

      expect(copies(scene)).toEqual([1, 1, 1, 1, 1, 1]);
      assertTotals(scene.receiver.totals(), expectedTotals(6));
    },
  );

  test('a batch that leaves beside a left-over one is waited for all the same', async (context) => {
    const scene = await setScene(context, { budgetMs: EXIT_BUDGET_MS });
    await scene.receiver.stop();
    await run(scene);
    await scene.receiver.restart();
    scene.receiver.behave({ kind: 'answer', delayMs: 400 });
    const steps = [
      { kind: 'measure', value: 1, role: 'a' },
      { kind: 'flush', timeoutMs: 30_000 },
      { kind: 'pause', ms: 200 },
      { kind: 'measure', value: 1, role: 'a' },
    ];
    await runProgram(fixture('scripted-program.ts'), {
      args: [JSON.stringify({ steps, end: { kind: 'exit' } })],
      env: { ...scene.env, ...AMPLE_BUDGETS },
    });
    await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });
    expect(copies(scene)).toEqual([1, 1, 1]);
  });

  test('a silent endpoint costs the answer budget once, and is remembered until it answers', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: SENDING_BUDGET_MS });
    const waits: unknown[] = [];
    for (let i = 0; i < 2; i += 1) {
      const [verdict] = verdicts(await run(scene, LATER_ANSWER_BUDGET));
      waits.push(verdict?.failure?.kind === 'timeout' ? verdict.failure.timeoutMs : verdict);
    }
    // The first waits beyond its exit budget, the second does not any more.
    expect(waits[0]).toBeGreaterThan(SENDING_BUDGET_MS);
    expect(waits[1]).toBe(SENDING_BUDGET_MS);

    scene.receiver.behave({ kind: 'answer', delayMs: 1 });
    await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });
    scene.receiver.behave({ kind: 'silent' });
    const [verdict] = verdicts(await run(scene, LATER_ANSWER_BUDGET));
    expect(verdict?.failure).toMatchObject({ kind: 'timeout', timeoutMs: expect.any(Number) });
    expect(verdict?.failure?.kind === 'timeout' && verdict.failure.timeoutMs).toBeGreaterThan(
      SENDING_BUDGET_MS,
    );
  });

  test('a flush that was in vain is remembered: the next one, of whichever run, does not wait again', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: EXIT_BUDGET_MS });
    const took: number[] = [];
    for (let run = 0; run < 2; run += 1) {
      const ended = await runProgram(fixture('natural-hosts.ts'), {
        args: ['flushes in vain, and again'],
        env: scene.env,
      });
      const told = ended.marks.filter((mark) => mark.startsWith('flush of'));
      expect(told).toEqual([expect.stringContaining(' 1 wait'), expect.stringContaining(' 2 wait')]);
      took.push(...told.map((mark) => Number(/took (\d+)/.exec(mark)?.[1])));
    }
    const [first = 0, ...next] = took;
    expect(first).toBeGreaterThanOrEqual(2999);
    // Each of them could have waited for a minute.
    for (const ms of next) expect(ms).toBeLessThan(first);
  });

  test('an endpoint that has just answered a flush is not remembered as silent by process.exit', async (context) => {
    const scene = await setScene(context, { budgetMs: SENDING_BUDGET_MS });
    const steps = [
      { kind: 'measure', value: 1, role: 'a' },
      { kind: 'flush', timeoutMs: 30_000 },
    ];
    const args = [JSON.stringify({ steps, end: { kind: 'exit' } })];
    await runProgram(fixture('scripted-program.ts'), { args, env: { ...scene.env, ...AMPLE_BUDGETS } });

    scene.receiver.behave({ kind: 'silent' });
    const [verdict] = verdicts(await run(scene, LATER_ANSWER_BUDGET));
    expect(verdict?.failure?.kind === 'timeout' && verdict.failure.timeoutMs).toBeGreaterThan(
      SENDING_BUDGET_MS,
    );
  });

  test('an endpoint that knows batches again is not waited for beyond the exit budget', async (context) => {
    const headers = { 'ephemetry-dedupe': '86400' };
    const scene = await setScene(context, {
      behaviour: { kind: 'status', status: 200, headers, body: '{}' },
      budgetMs: SENDING_BUDGET_MS,
    });
    await drainOne(scene);
    scene.receiver.behave({ kind: 'silent' });
    const [verdict] = verdicts(await run(scene, LATER_ANSWER_BUDGET));
    expect(verdict).toMatchObject({ inDoubt: 1, failure: { kind: 'timeout', timeoutMs: SENDING_BUDGET_MS } });
  });
});

describe.concurrent('a batch in doubt', () => {
  const silent = { behaviour: { kind: 'silent' }, budgetMs: SENDING_BUDGET_MS } as const;

  test('is told in the verdict, on stderr and in the status', async (context) => {
    const scene = await setScene(context, silent);
    const ended = await run(scene);
    expect(verdicts(ended)).toMatchObject([{ spooled: 0, inDoubt: 1, lost: 0 }]);
    expect(linesSaid(ended)).toEqual([expect.stringContaining('1 batch in doubt in ')]);
    expect(readSpoolStatus({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ batches: 1, inDoubt: 1 });
  });

  test('is told by a flush that waited in vain, also where a thread has sent it', async (context) => {
    const scene = await setScene(context, silent);
    const ended = await runProgram(fixture('natural-hosts.ts'), {
      args: ['flushes in vain, with a thread'],
      env: scene.env,
    });
    expect(ended.marks).toContain('flush says 1 in doubt, 0 spooled');
  });

  test('is marked on disk before it leaves: a SIGKILL leaves the mark', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' } });
    const script = {
      steps: [{ kind: 'measure', value: 1, role: 'a' }, { kind: 'persist' }],
      end: { kind: 'kill' },
    };
    await runProgram(fixture('scripted-program.ts'), {
      args: [JSON.stringify(script)],
      env: scene.env,
      onMark: (mark, program) => {
        if (mark !== 'begins 0') return;
        const what = { what: 'the batch in flight' };
        void scene.receiver
          .waitFor(() => scene.receiver.requests.length === 1, what)
          .finally(() => program.kill('SIGKILL'));
      },
    });
    expect(spoolFiles(scene.spoolDir)).toEqual([expect.stringMatching(/\.sent-\d+\b/)]);
  });

  test('comes again with the next run, by default', async (context) => {
    const scene = await setScene(context, silent);
    await run(scene);
    const next = await scene.expectCounted(1);
    expect(next).toMatchObject({ delivered: 1 });
    const ledger = takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} });
    expect(ledger).toMatchObject({ drained: 1, inDoubt: 1 });
  });

  test('is kept until it is asked for, where settings say so, and holds up nothing behind it', async (context) => {
    const scene = await setScene(context, silent);
    const keep = { EPHEMETRY_IN_DOUBT: 'keep' };
    await run(scene, keep);
    scene.receiver.behave({ kind: 'answer', delayMs: 1 });
    const ended = await run(scene, { ...keep, ...AMPLE_BUDGETS });
    expect(verdicts(ended)).toMatchObject([{ delivered: 1, inDoubt: 0 }]);
    const options = { spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: keep };
    expect(await drain(options)).toMatchObject({ delivered: 0, inDoubt: 1, spooled: 0 });
    expect(scene.receiver.batches).toHaveLength(1);

    expect(await drain({ ...options, inDoubt: true })).toMatchObject({ delivered: 1, spooled: 0 });
    assertTotals(scene.receiver.totals(), expectedTotals(2));
  });

  test('is given up and counted, where settings say so', async (context) => {
    const scene = await setScene(context, silent);
    await run(scene);
    const env = { EPHEMETRY_IN_DOUBT: 'drop' };
    scene.receiver.behave({ kind: 'answer', delayMs: 1 });
    const report = await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env });
    expect(report).toMatchObject({ delivered: 0, abandoned: 1, spooled: 0 });
    expect(scene.receiver.batches).toEqual([]);
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ abandoned: 1 });
  });
});

async function drainOne(scene: Scene): Promise<void> {
  expect(verdicts(await run(scene, AMPLE_BUDGETS))).toMatchObject([{ delivered: 1 }]);
}
