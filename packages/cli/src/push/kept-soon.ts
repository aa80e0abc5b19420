/**
 * What comes in lines is kept soon after it came, and handed over to a delivery while more comes: a loop may go on for days,
 * and no drain takes what a living process writes.
 */

/** What is done, and how long after something came. */
export interface KeptSoonTerms {
  readonly keep: () => void;
  readonly handOver: () => void;
  /** It stays in memory so long: a loop that sends a line at a time makes a batch of many. @default 200 */
  readonly keepWithinMs?: number;
  /** Each is a file, and the spool's 10,000 last for the 168 hours that it keeps them. @default 60000 */
  readonly handOverWithinMs?: number;
}

/** Owned by whoever reads the lines. */
export class KeptSoon {
  readonly #terms: KeptSoonTerms;
  #keeping: NodeJS.Timeout | undefined;
  #handing: NodeJS.Timeout | undefined;

  constructor(terms: KeptSoonTerms) {
    this.#terms = terms;
  }

  /** Something came. */
  came(): void {
    const { keep, handOver, keepWithinMs = 200, handOverWithinMs = 60_000 } = this.#terms;
    this.#keeping ??= setTimeout(() => {
      this.#keeping = undefined;
      keep();
    }, keepWithinMs);
    this.#handing ??= setTimeout(() => {
      this.#handing = undefined;
      keep();
      handOver();
    }, handOverWithinMs);
  }

  /** Nothing more comes: what is left to do is for the caller. */
  stop(): void {
    clearTimeout(this.#keeping);
    clearTimeout(this.#handing);
  }
}
