/** Lines of standard input as they come, within a limit. */

/** Longer than any measurement within its own limits. */
const LINE_LIMIT_BYTES = 64 * 1024;

/** A line with its number; `text` is undefined for one that is too long. */
export interface InputLine {
  readonly number: number;
  readonly text: string | undefined;
}

/** What is said of a line that is too long. */
export const LINE_LIMIT_RULE: string = `it is too long; allowed: ${LINE_LIMIT_BYTES} bytes`;

/** Cuts what comes in pieces into lines. Owned by whoever reads. */
export class InputLines {
  #rest: Buffer = Buffer.alloc(0);
  #isTooLong = false;
  #number = 0;

  /** The lines that end in this piece. */
  *take(piece: Buffer): Generator<InputLine> {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, from)) {
      this.#add(piece.subarray(from, end));
      yield this.#line();
      from = end + 1;
    }
    this.#add(piece.subarray(from));
  }

  /** The last line, which may have no end. */
  *end(): Generator<InputLine> {
    if (this.#rest.length > 0 || this.#isTooLong) yield this.#line();
  }

  #add(piece: Buffer): void {
    this.#isTooLong ||= this.#rest.length + piece.length > LINE_LIMIT_BYTES;
    this.#rest = this.#isTooLong ? Buffer.alloc(0) : Buffer.concat([this.#rest, piece]);
  }

  #line(): InputLine {
    this.#number += 1;
    const text = this.#isTooLong ? undefined : this.#rest.toString('utf8');
    this.#rest = Buffer.alloc(0);
    this.#isTooLong = false;
    return { number: this.#number, text };
  }
}
