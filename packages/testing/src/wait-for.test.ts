import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

test('looks at every change that is reported', async () => {
  const changes = new EventEmitter();
  let looks = 0;
  const waiting = waitFor(() => ++looks === 3, {
    what: 'the third look',
    subscribe: (look) => {
      changes.on('change', look);
      return () => changes.off('change', look);
    },
  });
  changes.emit('change');
  await waiting;
  expect(changes.listenerCount('change')).toBe(0);
});

test('names what it waited for when the deadline passes', async () => {
  const waiting = waitFor(async () => false, {
    what: 'a miracle',
    deadlineMs: 30,
    describe: () => 'nothing',
  });
  await expect(waiting).rejects.toThrow('waited 30 ms for a miracle; instead: nothing');
});

test('passes on what the condition throws', async () => {
  const fail = (): boolean => {
    throw new Error('broken condition');
  };
  await expect(waitFor(fail, { what: 'it' })).rejects.toThrow('broken condition');
});
