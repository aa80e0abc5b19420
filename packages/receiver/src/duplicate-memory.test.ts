import { describe, expect, it } from 'vitest';
import { DuplicateMemory } from './duplicate-memory.ts';

const DAY_SECONDS = 86_400;
/** Eight parts of 128 places, of which 96 are used. */
const LIMIT_BYTES = 8 * 8 * 128;
const POINTS_OF_A_PART = 96;

function createMemory() {
  const clock = { ms: 0 };
  const memory = new DuplicateMemory({ limitBytes: LIMIT_BYTES, windowSeconds: DAY_SECONDS }, () => clock.ms);
  return { clock, memory };
}

/** Digests that differ. */
function digest(number: number): readonly [number, number] {
  return [Math.imul(number, 2_654_435_761) >>> 0, number >>> 0];
}

describe('DuplicateMemory', () => {
  it('knows what came, also halves that are 0, and nothing else', () => {
    const { memory } = createMemory();
    memory.add([0, 0]);
    memory.add([7, 0]);
    expect([memory.has([0, 0]), memory.has([7, 0]), memory.has([1, 1])]).toEqual([true, true, false]);
  });

  it('promises a day, and keeps it while few come', () => {
    const { memory, clock } = createMemory();
    for (let hour = 0; hour < 200; hour += 1) {
      clock.ms = hour * 3_600_000;
      memory.add(digest(hour));
      expect(memory.windowSeconds()).toBe(DAY_SECONDS);
      for (let age = 0; age <= Math.min(hour, 24); age += 1)
        expect(memory.has(digest(hour - age))).toBe(true);
    }
  });

  it.each([1, 50, 1_000])('what it promises holds while a point comes every %d ms', (intervalMs) => {
    const { memory, clock } = createMemory();
    const promises: { readonly number: number; readonly untilMs: number }[] = [];
    for (let number = 0; number < 40 * POINTS_OF_A_PART; number += 1) {
      clock.ms += intervalMs;
      memory.add(digest(number));
      // The first part is full before the rate is known.
      if (number > POINTS_OF_A_PART)
        promises.push({ number, untilMs: clock.ms + memory.windowSeconds() * 1_000 });
      while (promises[0] !== undefined && promises[0].untilMs < clock.ms) promises.shift();
      expect(promises.every((promise) => memory.has(digest(promise.number)))).toBe(true);
    }
    expect(memory.windowSeconds()).toBeLessThan(DAY_SECONDS);
  });

  it('forgets the oldest first, and counts its batches', () => {
    const { memory } = createMemory();
    memory.addBatch(digest(0));
    for (let number = 1; number < 8 * POINTS_OF_A_PART; number += 1) memory.add(digest(number));
    expect([memory.has(digest(1)), memory.forgottenBatches()]).toEqual([true, 0]);
    memory.add(digest(8 * POINTS_OF_A_PART));
    expect([memory.has(digest(1)), memory.has(digest(200)), memory.forgottenBatches()]).toEqual([
      false,
      true,
      1,
    ]);
  });
});
