/** Times of attempts, 9 bytes each. */

/** Times are kept in blocks, so that a list that grows copies none but the first. */
const BLOCK_TIMES = 65_536;
const FIRST_TIMES = 64;

interface Block {
  readonly seconds: Float64Array<ArrayBuffer>;
  readonly category: Uint8Array<ArrayBuffer>;
}

/** A growing list of times with the category of each. */
export class Durations {
  #size = 0;
  readonly #blocks: Block[] = [blockOf(FIRST_TIMES)];

  add(seconds: number, category: number): void {
    const block = this.#blockFor(this.#size);
    const at = this.#size++ % BLOCK_TIMES;
    block.seconds[at] = seconds;
    block.category[at] = category;
  }

  forEach(visit: (seconds: number, category: number) => void): void {
    let left = this.#size;
    for (const { seconds, category } of this.#blocks) {
      const size = Math.min(left, seconds.length);
      for (let index = 0; index < size; index++) visit(seconds[index] ?? 0, category[index] ?? 0);
      left -= size;
    }
  }

  /** The first block grows, as most reports are small. */
  #blockFor(index: number): Block {
    const number = Math.floor(index / BLOCK_TIMES);
    const block = this.#blocks[number];
    if (block !== undefined && index % BLOCK_TIMES < block.seconds.length) return block;
    const grown = blockOf(block === undefined ? BLOCK_TIMES : block.seconds.length * 2);
    if (block !== undefined) {
      grown.seconds.set(block.seconds);
      grown.category.set(block.category);
    }
    this.#blocks[number] = grown;
    return grown;
  }
}

function blockOf(times: number): Block {
  return { seconds: new Float64Array(times), category: new Uint8Array(times) };
}
