/** Does what concerns one key in the order in which it came, and of all keys together only so much at a time. */

/** A queue. */
export class KeyedQueue {
  readonly #limit: number;
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param limit how many keys are worked on at a time */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Does it after all that was asked for this key before. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(() => this.#withPlace(work));
    // How one ends is nothing to the next.
    const ended = result.then(
      () => {},
      () => {},
    );
    this.#last.set(key, ended);
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    });
    return result;
  }

  async #withPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on: whoever comes in between does not take it.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
