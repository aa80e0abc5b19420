/** Who wants to measure something before the last batch of a dying process. */

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

  /** Whether any is called after all others. */
  hasLast(): boolean {
    return this.#last.size > 0;
  }

  /** Calls each listener once, however often the end is announced; one that throws keeps no other from running. */
  announce(): void {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      callSafely(listener);
    }
    for (const listener of this.#last) callSafely(listener);
  }
}

function callSafely(listener: () => void): void {
  try {
    listener();
  } catch {
    // A dying host must not be told of it: its exit code would change.
  }
}
