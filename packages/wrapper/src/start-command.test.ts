import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { endOf, exitCodeOf } from './start-command.ts';

it('takes an end of which neither code nor signal is known for no success', () => {
  const end = endOf(null, null);
  expect(end).toEqual({ kind: 'unseen' });
  expect(exitCodeOf(end)).toBe(255);
});

// libuv has no names of these signals, and Node passes on the name alone. Where this fails, Node tells the two apart: then
// the sentence in docs/guide/any-command.md goes.
it.runIf(process.platform === 'linux')('is told the same of exit 0 and of a real-time signal', async () => {
  const killed = await once(spawn('sh', ['-c', 'kill -34 $$']), 'exit');
  expect(killed).toEqual(await once(spawn('sh', ['-c', 'exit 0']), 'exit'));
});
