/** A spool that somebody removes, moves or replaces while the program runs: what no drain will find is not called spooled. */
import { runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, type Scene, setScene, spoolFiles, verdicts } from './scene.ts';

const HOSTS = fixture('disk-hosts.ts');
const CHANGES = ['removed', 'moved', 'replaced by a file', 'replaced by a directory'];
const DELIVERIES = ['send', 'spool-only'];

const run = (scene: Scene, host: string, env: Readonly<Record<string, string>> = {}) =>
  runProgram(HOSTS, { args: [host], env: { ...scene.env, ...env } });

describe.concurrent('a spool that is', () => {
  for (const change of CHANGES) {
    test.for(DELIVERIES)(
      `${change}, delivery %s: its batches are told as lost`,
      async (delivery, context) => {
        const scene = await setScene(context, { budgetMs: 1000 });
        await scene.receiver.stop();

        const ended = await run(scene, `has its spool ${change}`, { EPHEMETRY_DELIVERY: delivery });

        expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
        expect(verdicts(ended)).toMatchObject([{ spooled: 0, inDoubt: 0, unsent: 2, lost: 2 }]);
        expect(verdicts(ended)[0]?.failure).toMatchObject({ kind: 'spool', path: scene.spoolDir });
        expect(linesSaid(ended).at(-1)).toMatch(
          /cannot be used \(it was .* while the program ran\): 2 batches lost/,
        );
      },
    );

    test(`${change} with a batch in doubt: that is given up`, async (context) => {
      const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 1000 });

      const ended = await run(scene, `has its spool ${change} with a batch in doubt`);

      expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
      expect(verdicts(ended)).toMatchObject([{ spooled: 0, inDoubt: 0, abandoned: 1, lost: 1 }]);
      expect(linesSaid(ended).at(-1)).toMatch(/while the program ran\): 1 batch in doubt was given up$/);
    });
  }

  test('moved away and back: nothing is lost', async (context) => {
    const scene = await setScene(context, { budgetMs: 1000 });
    await scene.receiver.stop();

    const ended = await run(scene, 'has its spool moved away and back');

    expect(verdicts(ended)).toMatchObject([{ spooled: 2, lost: 0 }]);
    await scene.receiver.restart();
    await scene.expectCounted(2);
  });
});

test('a directory that was put in the place of the spool gets no file of a run that knows nothing of it', async (context) => {
  const scene = await setScene(context, { budgetMs: 1000 });
  await scene.receiver.stop();
  await run(scene, 'has its spool replaced by a directory');
  expect(spoolFiles(scene.spoolDir)).toEqual([]);
});
