/** What lies in the spool under a name of ours holds nobody up: a pipe, which waits for a writer for ever, or a folder. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { makePipe } from '../src/spool/fixtures/make-pipe.ts';
import { runIdOf } from '../src/spool/fixtures/spool-of.ts';
import { fixture, PROMPT_MS, type Scene, setScene, verdicts } from './scene.ts';

/** Every name that a program may open in a spool. */
const NAMES = [
  'last-verdict.json',
  'ledger.x.free',
  'ledger.1-2-elsewhere-0.free',
  `${runIdOf(1)}.1.free.0.jsonl`,
  `${runIdOf(1)}.1.free.0.sent-1.jsonl`,
  'endpoint-0123456789abcdef.json',
  'rejected',
  `rejected/1-${runIdOf(1)}-0.json`,
];

const PLANTS: readonly (readonly [string, (path: string) => void])[] = [
  ['a pipe', makePipe],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to a pipe', (path) => linkToPipe(path)],
];

function linkToPipe(path: string): void {
  makePipe(`${path}.pipe`);
  symlinkSync(`${path}.pipe`, path);
}

function plant(scene: Scene, name: string, make: (path: string) => void): void {
  mkdirSync(scene.spoolDir, { mode: 0o700 });
  if (name.startsWith('rejected/')) mkdirSync(join(scene.spoolDir, 'rejected'), { mode: 0o700 });
  make(join(scene.spoolDir, name));
}

/** `timeoutMs` kills a program that hangs. */
function run(file: string, scene: Scene, args: readonly string[] = []): Promise<Ended> {
  return runProgram(fixture(file), { args, env: scene.env, timeoutMs: PROMPT_MS });
}

describe.concurrent.for(PLANTS)('%s as', ([, make]) => {
  test.for(NAMES)('%s: a run ends, a drain and a look at the status too', async (name, context) => {
    const scene = await setScene(context);
    plant(scene, name, make);

    const ended = await run('dying-program.ts', scene, ['process.exit in the same tick']);
    const drained = await run('drain-program.ts', scene);
    const looked = await run('status-program.ts', scene);

    expect(ended).toMatchObject({ code: 3, signal: null });
    expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
    expect(drained).toMatchObject({ code: 0, signal: null });
    expect(looked).toMatchObject({ code: 0, signal: null });
    if (name.startsWith('rejected')) return;
    // What a Collector refuses is kept, whatever lies beside it.
    scene.receiver.behave({ kind: 'status', status: 400 });
    const refused = await run('dying-program.ts', scene, ['natural']);
    expect(verdicts(refused)).toMatchObject([{ rejected: 1 }]);
  });
});

test.for(PLANTS)('%s as the spool itself: the batch is sent from memory', async ([, make], context) => {
  const scene = await setScene(context);
  make(scene.spoolDir);
  const ended = await run('dying-program.ts', scene, ['natural']);
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
  rmSync(scene.spoolDir, { recursive: true });
});
