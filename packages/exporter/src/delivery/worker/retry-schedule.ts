/**
 * When a failed delivery is tried again: after 1 s, then 2 s, 4 s … up to 30 s, each ±20 %, or later where the Collector
 * asked for it. A clock that is corrected meanwhile moves nothing.
 */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** Owned by a lane. */
export class RetrySchedule {
  readonly #nowMs: () => number;
  readonly #random: () => number;
  #failures = 0;
  #retryAtMs = 0;
  #askedUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number = monotonicMs, random: () => number = Math.random) {
    this.#nowMs = nowMs;
    this.#random = random;
  }

  /** Whether deliveries failed, and none has succeeded since. */
  isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Whether the next try is still to come. */
  isWaiting(): boolean {
    return this.#nowMs() < this.#retryAtMs;
  }

  /** Whether the Collector itself named a time to come back, and it is not over. */
  isAskedToWait(): boolean {
    return this.#nowMs() < this.#askedUntilMs;
  }

  /** A delivery succeeded: there is nothing to try again. */
  succeed(): void {
    this.#failures = 0;
    this.#clear();
  }

  /** A delivery failed. Calls `retry` when it is time; a program that ends waits for no next try. */
  fail(failure: DeliveryFailure, retry: (() => void) | undefined): void {
    this.#failures += 1;
    this.#clear();
    if (retry === undefined) return;
    const backoffMs =
      Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS) * (0.8 + 0.4 * this.#random());
    const askedMs = (failure.kind === 'busy' ? failure.retryAfterMs : undefined) ?? 0;
    // Zero, and a time that is over by our clock, must not make us knock without a pause.
    const waitMs = Math.min(Math.max(askedMs, backoffMs), LONGEST_TIMER_MS);
    const nowMs = this.#nowMs();
    this.#askedUntilMs = nowMs + askedMs;
    this.#retryAtMs = nowMs + waitMs;
    this.#timer = setTimeout(retry, waitMs);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#askedUntilMs = 0;
    this.#retryAtMs = 0;
  }
}
