/** What an earlier run left is delivered by the next one, however short that is, and within limits. */
import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { takeSpoolLedger } from '@ephemetry/exporter';
import { assertTotals, type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { fixture, linesSaid, PROMPT_MS, type Scene, setScene, spoolFiles } from './scene.ts';

function run(scene: Scene, ending = 'process.exit in the same tick'): Promise<Ended> {
  return runProgram(fixture('dying-program.ts'), { args: [ending], env: scene.env });
}

describe.concurrent('the next run', () => {
  test.for(['process.exit in the same tick', 'shutdown'])(
    'delivers what earlier runs left, although it ends at once: %s',
    async (ending, context) => {
      const scene = await setScene(context);
      await scene.receiver.stop();
      for (let i = 0; i < 3; i += 1) await run(scene);
      expect(spoolFiles(scene.spoolDir)).toHaveLength(3);

      await scene.receiver.restart();
      let runs = 3;
      // One is enough where there is time: an end drains for a moment only, and never waits for a busy machine.
      do {
        runs += 1;
        expect((await run(scene, ending)).stderr).toBe('');
      } while (spoolFiles(scene.spoolDir).length > 0 && runs < 15);

      expect(spoolFiles(scene.spoolDir)).toEqual([]);
      assertTotals(scene.receiver.totals(), expectedTotals(runs));
    },
  );

  test('leaves it where it is when its own batch is refused', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    for (let i = 0; i < 2; i += 1) await run(scene);

    expect(spoolFiles(scene.spoolDir)).toHaveLength(2);
    expect(scene.receiver.statuses()).toEqual({ 503: 2 });
  });

  test('is not held up beyond its budgets by a Collector that falls silent over it', async (context) => {
    const behaviour = { kind: 'status', status: 503, times: 1 } as const;
    const scene = await setScene(context, { behaviour, budgetMs: 5000 });
    await run(scene);
    const ownBatch = scene.receiver.waitFor(() => scene.receiver.batches.length === 1, {
      what: 'the own batch',
    });
    const silenced = ownBatch.then(() => scene.receiver.behave({ kind: 'silent' }));

    const ended = await run(scene);

    await silenced;
    // What is on its way gets the rest of the exit budget, and what its answer may take.
    const at = (mark: string): number =>
      Number(ended.marks.find((line) => line.startsWith(mark))?.slice(mark.length));
    expect(at('exit ends ') - at('exit began ')).toBeLessThan(PROMPT_MS);
    await scene.expectCounted(2);
  });
});

describe.concurrent('what the next run has to give up is said once, by the run that gave it up', () => {
  test.for([
    ['8 days old', -8],
    ['from 8 days ahead', 8],
  ] as const)('a batch %s is delivered first: nothing to say', async ([, days], context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    for (let i = 0; i < 3; i += 1) await run(scene);
    moveClock(scene, days);

    await scene.receiver.restart();
    expect((await run(scene, 'shutdown')).stderr).toBe('');
    await scene.expectCounted(4);
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ drained: 3, expired: 0 });
  });

  // A shutdown gives earlier runs 50 ms, in which a busy machine may not come to asking: then it is tried once more.
  test('an old batch that the Collector does not take', { retry: 4 }, async (context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    for (let i = 0; i < 3; i += 1) await run(scene);
    moveClock(scene, -8);
    await scene.receiver.restart();
    // Late enough for the change below to come before the answer.
    scene.receiver.behave({ kind: 'answer', delayMs: 200 });
    const ownBatch = scene.receiver.waitFor(() => scene.receiver.batches.length === 1, { what: 'its batch' });
    const silenced = ownBatch.then(() => scene.receiver.behave({ kind: 'status', status: 503 }));

    const ended = await run(scene, 'shutdown');

    await silenced;
    const [line = ''] = linesSaid(ended);
    expect(linesSaid(ended)).toEqual([
      expect.stringMatching(/1 batch of earlier runs removed by the limits/),
    ]);
    expect(line).toContain('EPHEMETRY_SPOOL_LIMIT_BYTES');
    expect(spoolFiles(scene.spoolDir)).toHaveLength(2);
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ expired: 1 });
  });

  test('a half-written line', async (context) => {
    const scene = await setScene(context);
    await scene.receiver.stop();
    await run(scene);
    const [name = ''] = spoolFiles(scene.spoolDir);
    appendFileSync(join(scene.spoolDir, name), '{"resourceMetr');
    await scene.receiver.restart();
    expect(linesSaid(await run(scene, 'shutdown'))).toEqual([
      expect.stringMatching(/: removed 1 half-written line that a killed run left$/),
    ]);
    expect(linesSaid(await run(scene, 'shutdown'))).toEqual([]);
  });
});

/** As if the batches had been written by a clock that differs by so many days. */
function moveClock({ spoolDir }: Scene, days: number): void {
  const then = new Date(Date.now() + days * 86_400_000);
  for (const name of spoolFiles(spoolDir)) utimesSync(join(spoolDir, name), then, then);
}
