/** What an earlier run left is delivered by the next one, however short that is, and within limits. */
import { assertTotals, type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { fixture, PROMPT_MS, type Scene, setScene, spoolFiles } from './scene.ts';

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

  test('is not held up by a Collector that falls silent over it', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503, times: 1 } });
    await run(scene);
    const ownBatch = scene.receiver.waitFor(() => scene.receiver.batches.length === 1, {
      what: 'the own batch',
    });
    const silenced = ownBatch.then(() => scene.receiver.behave({ kind: 'silent' }));

    const ended = await run(scene);

    await silenced;
    // Far below the budget: a drain at exit takes a small part of it only.
    const at = (mark: string): number =>
      Number(ended.marks.find((line) => line.startsWith(mark))?.slice(mark.length));
    expect(at('exit ends ') - at('exit began ')).toBeLessThan(PROMPT_MS);
    await scene.expectCounted(2);
  });
});
