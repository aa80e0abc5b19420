/**
 * The end of a program that ends by itself, sent from the main thread. The event loop is empty, `beforeExit` is emitted, and
 * what is sent now keeps the loop going; then the loop is empty again, and so on, until there is nothing more to send.
 */
import { asyncIdNow, borrowTime } from '../../exit/borrowed-time.ts';
import { hasOtherListeners } from '../../exit/our-listeners.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { EndBudgets, RunDelivery } from './run-delivery.ts';

/** Owned by the run. */
export class NaturalEnd {
  #startedAtMs: number | undefined;
  #isBorrowing = false;
  #toldId = 0;
  #isTakenBack = false;
  #spentMs = 0;
  /** The last batch that an attempt was made for. */
  #attempted = 0;

  /**
   * Whether this is the place to send from: with a listener of the host's on `beforeExit` the loop must not go on for us,
   * for that listener would be called again. The exit listener has a thread send then. So it has outside of Node, where nobody tells
   * of callbacks before they run.
   */
  isPossible(): boolean {
    const { bun, deno } = process.versions;
    const isNode = bun === undefined && deno === undefined;
    return isNode && this.#startedAtMs === undefined && !hasOtherListeners('beforeExit');
  }

  /** Whether an attempt was made for the batches up to `sequence`: another one would only knock at the same door. */
  hasAttempted(sequence: number): boolean {
    return sequence > 0 && this.#attempted >= sequence;
  }

  /** How much of the exit budget it has used. */
  spentMs(): number {
    return this.#spentMs + (this.#startedAtMs === undefined ? 0 : monotonicMs() - this.#startedAtMs);
  }

  /** Whether the host went on in the middle of it: then it is not waited for again. */
  isTakenBack(): boolean {
    return this.#isTakenBack;
  }

  /** Called before the host is told of the end: what it begins then is not put off. */
  prepare(): void {
    if (!this.#isBorrowing) this.#toldId = asyncIdNow();
  }

  /** Sends the batches up to `sequence` and then what earlier runs left, as far as it comes within the budgets. */
  async send(delivery: RunDelivery, sequence: number, budgets: EndBudgets): Promise<void> {
    this.#startedAtMs = monotonicMs();
    this.#isTakenBack = false;
    if (!this.#isBorrowing) borrowTime(this.#toldId, () => this.#takeBack(delivery));
    this.#isBorrowing = true;
    await delivery.endAwake(budgets, () => this.#isTakenBack);
    if (!this.#isTakenBack) this.#attempted = sequence;
    this.#spentMs = this.spentMs();
    this.#startedAtMs = undefined;
  }

  #takeBack(delivery: RunDelivery): void {
    this.#isBorrowing = false;
    this.#isTakenBack = true;
    delivery.letGo();
  }
}
