/** The tests of a report or a run, 12 bytes and a slot each: a fingerprint and what is known of its attempts. */
import type { Fingerprint } from './fingerprint.ts';

/** Tests are kept in blocks, so that a table that grows copies none but the first: large ones would be there twice. */
const BLOCK_BITS = 16;
const BLOCK_TESTS = 1 << BLOCK_BITS;
const FIRST_TESTS = 64;
/** High half, low half, state. */
const WORDS = 3;
/** Fuller than this, looking for a free slot takes long. */
const SLOTS_SHARE = 0.65;

/** The tests of a run. */
export interface RunTests {
  readonly size: number;
  fingerprintAt(index: number): Fingerprint;
  stateAt(index: number): number;
}

/** A growing table of tests; each has the index of its first occurrence. */
export class TestTable implements RunTests {
  #size = 0;
  readonly #blocks: Uint32Array<ArrayBuffer>[] = [new Uint32Array(FIRST_TESTS * WORDS)];
  /** Index plus 1 by fingerprint; 0 where there is none. */
  #slots = new Int32Array(FIRST_TESTS * 2);
  #found = 0;

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
    if (++this.#found > this.#slots.length * SLOTS_SHARE) this.#growSlots();
    this.#slots[this.#slotOf(fingerprint.high, fingerprint.low)] = index + 1;
    return index;
  }

  /** Adds a test that is none of the others, whatever its name is. */
  append({ high, low }: Fingerprint, state: number): number {
    const index = this.#size++;
    const block = this.#blockFor(index);
    const at = (index & (BLOCK_TESTS - 1)) * WORDS;
    block[at] = high;
    block[at + 1] = low;
    block[at + 2] = state;
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
    return this.#word(index, 2);
  }

  set(index: number, state: number): void {
    const block = this.#blocks[index >>> BLOCK_BITS];
    if (block !== undefined) block[(index & (BLOCK_TESTS - 1)) * WORDS + 2] = state;
  }

  fingerprintAt(index: number): Fingerprint {
    return { high: this.#word(index, 0), low: this.#word(index, 1) };
  }

  #word(index: number, word: number): number {
    return this.#blocks[index >>> BLOCK_BITS]?.[(index & (BLOCK_TESTS - 1)) * WORDS + word] ?? 0;
  }

  /** The slot that holds this fingerprint, or the free one where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1;
      if (index < 0 || (this.#word(index, 1) === low && this.#word(index, 0) === high)) return slot;
    }
  }

  /** The first block grows, as most reports are small; all others are whole from the beginning. */
  #blockFor(index: number): Uint32Array {
    const number = index >>> BLOCK_BITS;
    const block = this.#blocks[number];
    if (block !== undefined && (index & (BLOCK_TESTS - 1)) * WORDS < block.length) return block;
    const grown = new Uint32Array(block === undefined ? BLOCK_TESTS * WORDS : block.length * 2);
    if (block !== undefined) grown.set(block);
    this.#blocks[number] = grown;
    return grown;
  }

  #growSlots(): void {
    const found = this.#slots;
    this.#slots = new Int32Array(found.length * 2);
    for (const stored of found) {
      if (stored === 0) continue;
      this.#slots[this.#slotOf(this.#word(stored - 1, 0), this.#word(stored - 1, 1))] = stored;
    }
  }
}
