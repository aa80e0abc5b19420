/** The tests of a report or a run, 12 bytes and a slot each: a fingerprint and what is known of its attempts. */
import type { Fingerprint } from './fingerprint.ts';

const FIRST_CAPACITY = 64;

/** The tests of a run. */
export interface RunTests {
  readonly size: number;
  fingerprintAt(index: number): Fingerprint;
  stateAt(index: number): number;
}

/** A growing table of tests; each has the index of its first occurrence. */
export class TestTable implements RunTests {
  #size = 0;
  #high = new Uint32Array(FIRST_CAPACITY);
  #low = new Uint32Array(FIRST_CAPACITY);
  #state = new Uint32Array(FIRST_CAPACITY);
  /** Index plus 1 by fingerprint; 0 where there is none. */
  #slots = new Int32Array(FIRST_CAPACITY * 2);

  get size(): number {
    return this.#size;
  }

  /** Where a test with this fingerprint stands; -1 when it was not added. */
  find({ high, low }: Fingerprint): number {
    return (this.#slots[this.#slotOf(high, low)] ?? 0) - 1;
  }

  /** Adds a test that can be found again. */
  add(fingerprint: Fingerprint, state: number): number {
    const index = this.append(fingerprint, state);
    this.#slots[this.#slotOf(fingerprint.high, fingerprint.low)] = index + 1;
    return index;
  }

  /** Adds a test that is none of the others, whatever its name is. */
  append({ high, low }: Fingerprint, state: number): number {
    if (this.#size === this.#state.length) this.#grow();
    const index = this.#size++;
    this.#high[index] = high;
    this.#low[index] = low;
    this.#state[index] = state;
    return index;
  }

  /** The same tests, none of which can be found. */
  copy(): TestTable {
    const copy = new TestTable();
    for (let index = 0; index < this.#size; index++)
      copy.append(this.fingerprintAt(index), this.stateAt(index));
    return copy;
  }

  stateAt(index: number): number {
    return this.#state[index] ?? 0;
  }

  set(index: number, state: number): void {
    this.#state[index] = state;
  }

  fingerprintAt(index: number): Fingerprint {
    return { high: this.#high[index] ?? 0, low: this.#low[index] ?? 0 };
  }

  /** The slot that holds this fingerprint, or the free one where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1;
      if (index < 0 || (this.#low[index] === low && this.#high[index] === high)) return slot;
    }
  }

  #grow(): void {
    const capacity = this.#state.length * 2;
    const found = this.#slots;
    this.#high = copied(this.#high, capacity);
    this.#low = copied(this.#low, capacity);
    this.#state = copied(this.#state, capacity);
    this.#slots = new Int32Array(capacity * 2);
    for (const stored of found) {
      if (stored === 0) continue;
      const { high, low } = this.fingerprintAt(stored - 1);
      this.#slots[this.#slotOf(high, low)] = stored;
    }
  }
}

function copied(from: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(capacity);
  to.set(from);
  return to;
}
