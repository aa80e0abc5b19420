/** Groups whose issue has to wait, as enough were opened in an hour. Alertmanager keeps their alerts, and tells them again. */

/** Notes which they are. */
export class DeferredGroups {
  readonly #byKey = new Map<string, { readonly title: string; readonly seenMs: number }>();
  readonly #forgetAfterMs: number;
  readonly #nowMs: () => number;

  /** @param forgetAfterMs a group that was not told again for so long does not fire any more */
  constructor(forgetAfterMs: number, nowMs: () => number = () => performance.now()) {
    this.#forgetAfterMs = forgetAfterMs;
    this.#nowMs = nowMs;
  }

  /** One that is told again keeps its place: the text that lists them is written anew only when others wait. */
  note(key: string, title: string): void {
    if (!this.#byKey.has(key) && this.#byKey.size >= COUNT_LIMIT) return;
    this.#byKey.set(key, { title, seenMs: this.#nowMs() });
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  /** Titles of those that wait. */
  waiting(): readonly string[] {
    const oldestMs = this.#nowMs() - this.#forgetAfterMs;
    for (const [key, { seenMs }] of this.#byKey) if (seenMs < oldestMs) this.#byKey.delete(key);
    return [...this.#byKey.values()].map(({ title }) => title);
  }
}

/** More than anybody looks at. */
const COUNT_LIMIT = 10_000;
