/**
 * The batches that no disk took. The delivery thread has a copy of each and may get them to the Collector; but it can
 * die, and it dies with the process, so they are kept here until they are settled or the disk has taken them after all.
 */
import { MEMORY_LIMIT_BYTES } from '../memory-limit.ts';

interface Kept {
  /** 0 for the first batch that was refused. */
  readonly number: number;
  readonly body: Uint8Array;
}

/** Owned by the delivery of a run. */
export class UnspooledBatches {
  readonly #kept: Kept[] = [];
  #keptBytes = 0;
  #count = 0;
  #settled = 0;
  /** Numbers of those that the disk took later, and that the thread has not settled. */
  #saved: number[] = [];

  add(body: Uint8Array): void {
    this.#kept.push({ number: this.#count, body });
    this.#keptBytes += body.length;
    this.#count += 1;
    while (this.#keptBytes > MEMORY_LIMIT_BYTES && this.#kept.length > 1) this.#forgetOldest();
  }

  /** Whether none is kept: so it is nearly always, and it is asked at every batch. */
  isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** The thread needs no memory any more for the first `settled` of all. */
  settle(settled: number): void {
    if (settled === this.#settled) return;
    this.#settled = settled;
    while ((this.#kept[0]?.number ?? settled) < settled) this.#forgetOldest();
    this.#saved = this.#saved.filter((number) => number >= settled);
  }

  /** Neither settled nor on disk. */
  unsent(): number {
    return this.#count - this.#settled - this.#saved.length;
  }

  /** Gives them to the disk, oldest first, until `append` says that it refuses. */
  save(append: (body: Uint8Array) => boolean): void {
    for (let oldest = this.#kept[0]; oldest !== undefined; oldest = this.#kept[0]) {
      if (!append(oldest.body)) return;
      this.#saved.push(oldest.number);
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    this.#keptBytes -= this.#kept.shift()?.body.length ?? 0;
  }
}
