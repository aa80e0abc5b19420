/** Bad input from the host: counted, said once each on stderr, never thrown. */

/** A host that makes up instrument names must fill neither the memory nor stderr. */
const LIMIT_KINDS = 100;

/** Owned by a run. */
export class Complaints {
  readonly #say: (text: string) => void;
  readonly #said: Map<string, number> = new Map();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Says a complaint the first time; counts it every time. Numbers in it do not make it another one; past 100 kinds nothing new is said. */
  add(text: string): void {
    const kind = text.replaceAll(/\d+/g, '#');
    const count = this.#said.get(kind) ?? 0;
    if (count === 0 && this.#said.size >= LIMIT_KINDS) return;
    this.#said.set(kind, count + 1);
    if (count === 0) this.#say(`${text} (said once)`);
  }

  /** How often each kind of complaint came. */
  counts(): ReadonlyMap<string, number> {
    return this.#said;
  }
}
