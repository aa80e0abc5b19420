/**
 * The batches that no disk took. The delivery thread has a copy of each and may get them to the Collector; but it can
 * die, and it dies with the process, so they are kept here until they are settled or the disk has taken them after all.
 */
import { MEMORY_LIMIT_BYTES } from '../memory-limit.ts';
import type { UnspooledBatch, UnspooledSettled } from '../messages.ts';

/** Owned by the delivery of a run. */
export class UnspooledBatches {
  readonly #kept: UnspooledBatch[] = [];
  #keptBytes = 0;
  #count = 0;
  #settled: UnspooledSettled = { below: 0, open: [] };
  /** Numbers of those that the disk took later, and that the thread has not settled. */
  #saved: number[] = [];

  /** Returns its number: 0 for the first batch that was refused. */
  add(body: Uint8Array): number {
    const number = this.#count;
    this.#kept.push({ number, body });
    this.#keptBytes += body.length;
    this.#count += 1;
    while (this.#keptBytes > MEMORY_LIMIT_BYTES && this.#kept.length > 1) this.#forgetOldest();
    return number;
  }

  /** Whether none is kept: so it is nearly always, and it is asked at every batch. */
  isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** What the thread needs no memory any more for. */
  settle(settled: UnspooledSettled): void {
    const { below, open } = this.#settled;
    if (settled.below === below && settled.open.join() === open.join()) return;
    this.#settled = settled;
    const isOpen = (number: number): boolean => number >= settled.below || settled.open.includes(number);
    const stillOpen: UnspooledBatch[] = [];
    while ((this.#kept[0]?.number ?? settled.below) < settled.below) {
      const oldest = this.#forgetOldest();
      if (oldest !== undefined && isOpen(oldest.number)) stillOpen.push(oldest);
    }
    for (const batch of stillOpen.reverse()) this.#keepFirst(batch);
    this.#saved = this.#saved.filter(isOpen);
  }

  /** Neither settled nor on disk. */
  unsent(): number {
    const { below, open } = this.#settled;
    return this.#count - (below - open.length) - this.#saved.length;
  }

  /** Gives them to the disk, oldest first, until `append` says that it refuses. */
  save(append: (body: Uint8Array) => boolean): void {
    for (let oldest = this.#kept[0]; oldest !== undefined; oldest = this.#kept[0]) {
      if (!append(oldest.body)) return;
      this.#saved.push(oldest.number);
      this.#forgetOldest();
    }
  }

  #keepFirst(batch: UnspooledBatch): void {
    this.#kept.unshift(batch);
    this.#keptBytes += batch.body.length;
  }

  #forgetOldest(): UnspooledBatch | undefined {
    const oldest = this.#kept.shift();
    this.#keptBytes -= oldest?.body.length ?? 0;
    return oldest;
  }
}
