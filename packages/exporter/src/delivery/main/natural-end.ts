/**
 * The end of a program that ends by itself, sent from the main thread. The event loop is empty, `beforeExit` is emitted, and
 * what is sent now keeps the loop going; then the loop is empty again, and so on, until there is nothing more to send.
 */
import { endAtForeignCallback } from '../../exit/borrowed-time.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { RunDelivery } from './run-delivery.ts';

/** Owned by the run. */
export class NaturalEnd {
  #isUnderWay = false;
  #spentMs = 0;
  /** The last batch that an attempt was made for. */
  #attempted = 0;

  /**
   * Whether this is the place to send from: with a second listener of `beforeExit` the loop must not go on for us, for that
   * listener would be called again. The exit listener has a thread send then.
   */
  isPossible(): boolean {
    return !this.#isUnderWay && process.listenerCount('beforeExit') === 1;
  }

  /** Whether an attempt was made for the batches up to `sequence`: another one would only knock at the same door. */
  hasAttempted(sequence: number): boolean {
    return this.#attempted >= sequence;
  }

  /** How much of the exit budget it has used. */
  spentMs(): number {
    return this.#spentMs;
  }

  /** Sends the batches up to `sequence` and then what earlier runs left, as far as it comes within the budget. */
  async send(delivery: RunDelivery, sequence: number, budgetMs: number): Promise<void> {
    this.#isUnderWay = true;
    const startedAtMs = monotonicMs();
    const lift = endAtForeignCallback();
    await delivery.waitAwake(budgetMs);
    this.#attempted = sequence;
    await delivery.drainAwake(budgetMs - (monotonicMs() - startedAtMs));
    lift();
    this.#spentMs += monotonicMs() - startedAtMs;
    this.#isUnderWay = false;
  }
}
