/** Code of the host that our hooks call: whatever it does, what was measured before it is safe, and the exit code is the host's. */
import { runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, setScene } from './scene.ts';

const HOSTS = fixture('callback-hosts.ts');

/** How often `measure` has run by the time that the process ends. */
const EXITS: Readonly<Record<string, number>> = {
  'an onEnding listener that exits': 1,
  'an onEnding listener that exits after another has measured': 2,
  'an onEnding listener that exits, of one of two providers': 2,
  'an onEnding listener that exits at a signal, after it has measured': 2,
  'an onEnding listener that exits at a natural end, after it has measured': 2,
  'an observable callback that exits, of one of two providers': 2,
  'an onVerdict that exits, of one of two providers': 2,
};

const LOOPS: Readonly<Record<string, number>> = {
  'an onEnding listener that never returns': 1,
  'an onEnding listener that never returns at a natural end': 1,
  'an onVerdict that never returns, of one of two providers': 2,
};

describe.concurrent('a program with', () => {
  test.for(Object.entries(EXITS))(
    '%s: its exit code, and nothing that was measured is lost',
    async ([host, times], context) => {
      const scene = await setScene(context);

      const ended = await runProgram(HOSTS, { args: [host], env: scene.env });

      expect(ending(ended)).toEqual({ code: 21, signal: null, survivors: [] });
      await scene.expectCounted(times);
    },
  );

  test.for(Object.entries(LOOPS))('%s: what was measured is on disk', async ([host, times], context) => {
    const scene = await setScene(context);

    const signalWhen = { mark: 'loops', signal: 'SIGKILL' } as const;
    const ended = await runProgram(HOSTS, { args: [host], env: scene.env, signalWhen });

    expect(ended.signal).toBe('SIGKILL');
    await scene.expectCounted(times);
  });

  test('an onEnding listener that rejects: the exit code of a program without it', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, { args: ['an onEnding listener that rejects'], env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(linesSaid(ended)).toEqual([]);
    await scene.expectCounted(1);
  });

  test('an onVerdict that rejects: said, and the exit code of a program without it', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, { args: ['an onVerdict that rejects'], env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(linesSaid(ended)).toEqual([expect.stringContaining('onVerdict threw: later on purpose')]);
    await scene.expectCounted(1);
  });
});
