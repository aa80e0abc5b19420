/**
 * Watches the watcher: an alert that always fires has to arrive. While it does, somebody outside is called; when it does not,
 * an issue says so, as nothing else would.
 */

/** What is known of it. */
export type WatchdogState =
  | { readonly kind: 'well' }
  /** Not for long enough to be said. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'lost'; readonly reason: WatchdogReason };

export type WatchdogReason = 'no-alert' | 'no-answer';

/** Notes each look, by a clock that it is given. */
export class Watchdog {
  readonly #limitMs: number;
  readonly #nowMs: () => number;
  #seenMs: number;

  constructor(limitMs: number, nowMs: () => number = () => performance.now()) {
    this.#limitMs = limitMs;
    this.#nowMs = nowMs;
    // What was before this program is not its to judge.
    this.#seenMs = nowMs();
  }

  look(seen: 'seen' | WatchdogReason): WatchdogState {
    if (seen === 'seen') {
      this.#seenMs = this.#nowMs();
      return { kind: 'well' };
    }
    const isLost = this.#nowMs() - this.#seenMs >= this.#limitMs;
    return isLost ? { kind: 'lost', reason: seen } : { kind: 'missing' };
  }
}
