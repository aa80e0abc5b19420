/** Bad input from the host: each kind is said once on stderr, none is thrown. */

/** A host that makes up instrument names must fill neither the memory nor stderr. */
const LIMIT_KINDS = 100;

/** Owned by a run. */
export class Complaints {
  readonly #say: (text: string) => void;
  readonly #said: Set<string> = new Set();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Says a complaint the first time. Numbers in it do not make it another one; past 100 kinds nothing new is said. */
  add(text: string): void {
    const kind = text.replaceAll(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, '#');
    if (this.#said.has(kind) || this.#said.size >= LIMIT_KINDS) return;
    this.#said.add(kind);
    this.#say(`${text} (said once)`);
  }
}
