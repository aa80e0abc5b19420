/**
 * The exit matrix where the spool is not as a run leaves it: pipes lie under every name that is opened there, and a batch
 * waits whose file is 8 days old, or from 8 days ahead.
 */
import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, unsharedUnavailable } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { makePipe } from '../src/spool/fixtures/make-pipe.ts';
import { runIdOf } from '../src/spool/fixtures/spool-of.ts';
import { bareEnding, MATRIX_ENDINGS, runEnding } from './matrix-endings.ts';
import { fixture, PROMPT_MS, type Scene, setScene, spoolFiles } from './scene.ts';

const PIPES = [
  'last-verdict.json',
  'ledger.x.free',
  'ledger.1-2-elsewhere-0.free',
  'endpoint-0123456789abcdef.json',
  `rejected/1-${runIdOf(1)}-0.json`,
];
const DAY_SECONDS = 86_400;

const noNamespaces = unsharedUnavailable();

/** One batch of a run that reached nobody, written by a clock that differs by so many days. */
async function leaveBatch(scene: Scene, days: number): Promise<void> {
  await scene.receiver.stop();
  await runProgram(fixture('dying-program.ts'), { args: ['natural'], env: scene.env });
  touch(scene, days * DAY_SECONDS);
  await scene.receiver.restart();
}

function touch({ spoolDir }: Scene, seconds: number): void {
  const thenSeconds = Date.now() / 1000 + seconds;
  for (const name of spoolFiles(spoolDir)) utimesSync(join(spoolDir, name), thenSeconds, thenSeconds);
}

/** In turn: no ending cares which, and each costs seconds. */
const CLOCKS = [
  ['8 days old', -8],
  ['from 8 days ahead', 8],
] as const;

describe.concurrent('a spool of pipes, with a batch', () => {
  test.for(
    MATRIX_ENDINGS.flatMap((ending, index) =>
      CLOCKS.slice(index % 2, (index % 2) + 1).map(([when, days]) => ({
        name: ending.name,
        when,
        days,
        ending,
      })),
    ),
  )('$when: $name: counted once, and the program ends as it would', async ({ days, ending }, context) => {
    context.skip(ending.isProcess1 && noNamespaces !== undefined, noNamespaces);
    const scene = await setScene(context);
    await leaveBatch(scene, days);
    mkdirSync(join(scene.spoolDir, 'rejected'), { mode: 0o700 });
    for (const name of PIPES) {
      rmSync(join(scene.spoolDir, name), { force: true });
      makePipe(join(scene.spoolDir, name));
    }

    const { ended, lostMs } = await runEnding(ending, scene.env, scene.receiver);

    const { code, signal } = ending.expected ?? (await bareEnding(ending));
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal });
    expect(ended).toMatchObject({ stdout: '', survivors: [] });
    expect(lostMs).toBeLessThan(PROMPT_MS);
    await scene.expectCounted(ending.measures + 1);
  });
});
