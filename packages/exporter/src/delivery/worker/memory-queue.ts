/**
 * Batches that no disk took, in order, up to a limit of bytes: what a lane can only send or lose. The one that is on its way
 * is out of the queue, so that the limit cannot drop it and count it twice.
 */
import { MEMORY_LIMIT_BYTES } from '../memory-limit.ts';

/** Owned by a lane. */
export class MemoryQueue {
  readonly #waiting: Uint8Array[] = [];
  #onItsWay: Uint8Array | undefined;
  #bytes = 0;
  #settled = 0;

  /** Returns how many of the oldest had to go for it. */
  push(body: Uint8Array): number {
    this.#waiting.push(body);
    this.#bytes += body.length;
    let dropped = 0;
    while (this.#bytes > MEMORY_LIMIT_BYTES && this.#waiting.length > 1) {
      this.#forget(this.#waiting.shift());
      dropped += 1;
    }
    return dropped;
  }

  /** The oldest, until it is settled or put back. */
  take(): Uint8Array | undefined {
    this.#onItsWay = this.#waiting.shift();
    return this.#onItsWay;
  }

  /** What was taken is over. */
  settle(): void {
    this.#forget(this.#onItsWay);
    this.#onItsWay = undefined;
  }

  /** What was taken waits again, before all others. */
  putBack(): void {
    if (this.#onItsWay !== undefined) this.#waiting.unshift(this.#onItsWay);
    this.#onItsWay = undefined;
  }

  /** Whether none waits. */
  isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** All that is not settled. */
  rest(): readonly Uint8Array[] {
    return this.#onItsWay === undefined ? this.#waiting : [this.#onItsWay, ...this.#waiting];
  }

  /** How many need no memory any more. */
  settled(): number {
    return this.#settled;
  }

  #forget(body: Uint8Array | undefined): void {
    this.#bytes -= body?.length ?? 0;
    this.#settled += 1;
  }
}
