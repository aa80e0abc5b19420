/** An endpoint may answer anything: it changes nothing of how a program ends. */
import { runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, setScene } from './scene.ts';

describe.concurrent('an answer that holds what cannot be turned into text changes nothing of a program that', () => {
  test.for(['ends by itself', 'flushes in vain, then exits'])('%s', async (host, context) => {
    const errorMessage = { toString: null, valueOf: null };
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: 0, errorMessage } });
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 200, body } });
    const run = (args: readonly string[]) =>
      runProgram(fixture('natural-hosts.ts'), { args, env: scene.env });

    const [ended, bare] = await Promise.all([run([host]), run([host, 'bare'])]);

    expect(ending(ended)).toEqual(ending(bare));
    expect(ended.stdout).toBe(bare.stdout);
    expect(linesSaid(ended)).toEqual([]);
    await scene.expectCounted(1);
  });
});
