/** Who wants to measure something before the last batch of a dying process. */
import { callHost } from './call-host.ts';

/** Owned by a run. */
export class EndingListeners {
  readonly #listeners = new Set<() => void>();
  readonly #last = new Set<() => void>();

  /** Returns what removes the listener again. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Adds one that is called after all others, at each announcement: it looks at what they have settled. */
  addLast(listener: () => void): void {
    this.#last.add(listener);
  }

  /**
   * Calls each listener once, however often the end is announced; one that throws keeps no other from running.
   * `persist` is called before each of them: it may be the last thing that this process calls.
   */
  announce(persist: () => void): void {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      persist();
      callHost(listener);
    }
    for (const listener of this.#last) {
      persist();
      callHost(listener);
    }
  }
}
