import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runUnshared, unsharedUnavailable } from './run-unshared.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const unavailable = unsharedUnavailable();
const hang = fileURLToPath(new URL('fixtures/hang.ts', import.meta.url));
const say = fileURLToPath(new URL('fixtures/say.ts', import.meta.url));

test.runIf(unavailable === undefined)('runs a program as PID 1', async () => {
  const ended = await runUnshared(say);
  if (ended.kind !== 'ended') throw new Error(ended.reason);
  expect(JSON.parse(ended.stdout)).toMatchObject({ pid: 1 });
  expect(ended).toMatchObject({ code: 3, signal: null, survivors: [] });
});

test.runIf(unavailable === undefined)('sends signals to the program itself', async () => {
  const polite = await runUnshared(hang, {
    args: ['polite'],
    signalWhen: { mark: 'ready', signal: 'SIGTERM' },
  });
  expect(polite).toMatchObject({ kind: 'ended', code: 7, marks: ['ready', 'asked'] });
  const killed = await runUnshared(hang, { signalWhen: { mark: 'ready', signal: 'SIGKILL' } });
  expect(killed).toMatchObject({ kind: 'ended', code: null, signal: 'SIGKILL', stderr: '', survivors: [] });
});

test.runIf(unavailable === undefined)('shows the program other files', async () => {
  using directory = temporaryDirectory();
  const source = join(directory.path, 'source');
  const place = join(directory.path, 'place');
  const program = join(directory.path, 'program.mjs');
  writeFileSync(source, 'mounted');
  writeFileSync(place, 'as it was');
  writeFileSync(
    program,
    "import { readFileSync } from 'node:fs'; process.stdout.write(readFileSync(process.argv[2]));",
  );
  const ended = await runUnshared(program, { args: [place], mounts: { [place]: source } });
  expect(ended).toMatchObject({ kind: 'ended', code: 0, stdout: 'mounted' });
  expect(readFileSync(place, 'utf8')).toBe('as it was');
});

test.runIf(unavailable !== undefined)(`says why it cannot: ${unavailable}`, async () => {
  expect(await runUnshared(say)).toEqual({ kind: 'unavailable', reason: unavailable });
});
