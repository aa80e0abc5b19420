/** A sum that does not depend on the order of its addends. */

/** From here on adding many could leave the range of a double. */
const SUMMABLE_LIMIT = 2 ** 970;

/** Whether a value can be added to an {@link ExactSum}: finite, and below 2^970. */
export function isSummable(value: number | bigint): boolean {
  return typeof value === 'bigint' || Math.abs(value) < SUMMABLE_LIMIT;
}

/**
 * Adds doubles and 64 bit integers without rounding; only `value()` rounds, once. Naive addition of
 * 0.1, 0.2 and 0.3 gives two different totals in two orders, and batches arrive in any order.
 *
 * Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997), as in Python's `math.fsum`.
 */
export class ExactSum {
  /** The largest of numbers whose bits do not overlap and which are together the exact sum. */
  #largest = 0;
  /** The others, smallest first. Most sums have none: there are many, and each is to be small. */
  #smaller: readonly number[] = NONE;

  add(value: number | bigint): void {
    if (typeof value === 'number') {
      this.#addDouble(value);
      return;
    }
    // Each half of a 64 bit integer is exact as a double.
    this.#addDouble(Number(value >> 32n) * 2 ** 32);
    this.#addDouble(Number(value & 0xffffffffn));
  }

  /** The sum, rounded once to the nearest double. */
  value(): number {
    let index = this.#smaller.length;
    let sum = this.#largest;
    let rest = 0;
    while (index > 0 && rest === 0) {
      index -= 1;
      [sum, rest] = addTwo(sum, this.#smaller[index] ?? 0);
    }
    return index > 0 ? roundHalfEven(sum, rest, this.#smaller[index - 1] ?? 0) : sum;
  }

  /** A sum of its own, at the same value. */
  copy(): ExactSum {
    const copy = new ExactSum();
    copy.#largest = this.#largest;
    copy.#smaller = this.#smaller;
    return copy;
  }

  #addDouble(value: number): void {
    const rests: number[] = [];
    let carried = value;
    for (const partial of this.#smaller) {
      const [sum, rest] = addTwo(carried, partial);
      if (rest !== 0) rests.push(rest);
      carried = sum;
    }
    const [sum, rest] = addTwo(carried, this.#largest);
    if (rest !== 0) rests.push(rest);
    this.#largest = sum;
    this.#smaller = rests.length === 0 ? NONE : rests;
  }
}

const NONE: readonly number[] = [];

/** The rounded sum of two doubles, and what rounding took away. */
function addTwo(a: number, b: number): [sum: number, rest: number] {
  const [large, small] = Math.abs(a) < Math.abs(b) ? [b, a] : [a, b];
  const sum = large + small;
  return [sum, small - (sum - large)];
}

/** A rest of exactly half a unit was rounded to even; bits below it decide the other way. */
function roundHalfEven(sum: number, rest: number, below: number): number {
  if (Math.sign(rest) !== Math.sign(below)) return sum;
  const up = sum + rest * 2;
  return up - sum === rest * 2 ? up : sum;
}
