/**
 * Batches that no disk took, in order, up to a limit of bytes: what a lane can only send or lose. The one that is on its way
 * is out of the queue, so that the limit cannot drop it and count it twice. One that the endpoint refuses, though it takes
 * others, is held: those behind it go, and it waits until somebody asks for it again.
 */
import { MEMORY_LIMIT_BYTES } from '../memory-limit.ts';
import type { UnspooledBatch, UnspooledSettled } from '../messages.ts';

/** Owned by a lane. */
export class MemoryQueue {
  readonly #waiting: UnspooledBatch[] = [];
  readonly #held: UnspooledBatch[] = [];
  /** How many of those that are held are to be tried again. */
  #again = 0;
  #onItsWay: { readonly batch: UnspooledBatch; readonly from: 'waiting' | 'held' } | undefined;
  #bytes = 0;
  /** The number that comes after the newest. */
  #next = 0;

  /** Returns how many of the oldest had to go for it. */
  push(batch: UnspooledBatch): number {
    this.#waiting.push(batch);
    this.#next = batch.number + 1;
    this.#bytes += batch.body.length;
    let dropped = 0;
    while (this.#bytes > MEMORY_LIMIT_BYTES && this.#held.length + this.#waiting.length > 1) {
      this.#forget(this.#takeHeld() ?? this.#waiting.shift());
      dropped += 1;
    }
    return dropped;
  }

  /** The next one, until it is settled, held or put back: the oldest that waits, then those that are tried again. */
  take(): UnspooledBatch | undefined {
    const waiting = this.#waiting.shift();
    const batch = waiting ?? (this.#again > 0 ? this.#takeHeld() : undefined);
    const from = waiting === undefined ? 'held' : 'waiting';
    this.#onItsWay = batch === undefined ? undefined : { batch, from };
    return batch;
  }

  /** What was taken is over. */
  settle(): void {
    this.#forget(this.#onItsWay?.batch);
    this.#onItsWay = undefined;
  }

  /** What was taken waits again, before all others. */
  putBack(): void {
    if (this.#onItsWay?.from === 'waiting') this.#waiting.unshift(this.#onItsWay.batch);
    else this.hold();
    this.#onItsWay = undefined;
  }

  /** What was taken holds up nothing any more. */
  hold(): void {
    if (this.#onItsWay !== undefined) this.#held.push(this.#onItsWay.batch);
    this.#onItsWay = undefined;
  }

  /** Those that are held are tried once more, after all that wait. */
  tryHeldAgain(): void {
    this.#again = this.#held.length;
  }

  /** Whether none waits. */
  isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** How many are held. */
  held(): number {
    return this.#held.length;
  }

  /** All that is not settled, in the order of their numbers. */
  rest(): readonly UnspooledBatch[] {
    const onItsWay = this.#onItsWay === undefined ? [] : [this.#onItsWay.batch];
    return [...this.#held, ...onItsWay, ...this.#waiting].sort((a, b) => a.number - b.number);
  }

  settled(): UnspooledSettled {
    const below = this.#waiting[0]?.number ?? this.#next;
    const unsettled = this.#onItsWay === undefined ? this.#held : [...this.#held, this.#onItsWay.batch];
    return { below, open: unsettled.flatMap(({ number }) => (number < below ? [number] : [])) };
  }

  #takeHeld(): UnspooledBatch | undefined {
    this.#again = Math.max(0, this.#again - 1);
    return this.#held.shift();
  }

  #forget(batch: UnspooledBatch | undefined): void {
    this.#bytes -= batch?.body.length ?? 0;
  }
}
