/** When the loop collects, by a clock that it is given. */
import { expect, test } from 'vitest';
import { startCollectLoop } from './collect-loop.ts';

test('what is asked for while a collect is under way is collected once, after it', async () => {
  const stop = new AbortController();
  const collected: (readonly string[] | 'all')[] = [];
  const loop = startCollectLoop({
    intervalMs: 3_600_000,
    stop: stop.signal,
    pauseMs: 0,
    collect: async (names) => {
      collected.push(names === undefined ? 'all' : [...names]);
      if (collected.length === 1) for (const name of ['a', 'b', 'a']) loop.trigger(name);
      if (collected.length === 2) stop.abort();
      await Promise.resolve();
    },
  });
  await loop.ended;
  expect(collected).toEqual(['all', ['a', 'b']]);
});
