import { expect, it } from 'vitest';
import { BodyMemory } from './body-memory.ts';

function createMemory(limitBytes: number) {
  const clock = { ms: 0 };
  return { clock, memory: new BodyMemory(limitBytes, () => clock.ms) };
}

it('a body that stands still gives way to one that goes on', () => {
  const { memory, clock } = createMemory(100);
  const gone: string[] = [];
  const still = memory.open(() => gone.push('still'));
  const slow = memory.open(() => gone.push('slow'));
  expect([still.take(40), slow.take(40)]).toEqual([true, true]);
  clock.ms = 300;
  slow.touch();
  const going = memory.open(() => gone.push('going'));
  expect(going.take(50)).toBe(true);
  expect(gone).toEqual(['still']);
  // The slow one goes on, and the one that gave way takes nothing more.
  expect([going.take(50), still.take(1)]).toEqual([false, false]);
});

it('what is given back is free again, once', () => {
  const { memory } = createMemory(100);
  const first = memory.open(() => {});
  expect(first.take(100)).toBe(true);
  first.release();
  first.release();
  const second = memory.open(() => {});
  expect([second.take(100), second.take(1)]).toEqual([true, false]);
});
