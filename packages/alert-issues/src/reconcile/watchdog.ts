/**
 * Watches the watcher: an alert that always fires has to arrive. While it does, somebody outside is called; when it does not,
 * an issue says so, as nothing else would.
 */

/** What is known of it: `missing` for a while, and `lost` when that is long enough to be said. */
export type WatchdogState = 'well' | 'missing' | 'lost';

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

  look(isSeen: boolean): WatchdogState {
    const nowMs = this.#nowMs();
    if (isSeen) this.#seenMs = nowMs;
    if (isSeen) return 'well';
    return nowMs - this.#seenMs >= this.#limitMs ? 'lost' : 'missing';
  }
}
