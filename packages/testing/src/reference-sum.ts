/**
 * A sum that does not depend on the order of its terms: integers as bigint, doubles without
 * any rounding until `value()` rounds once. The sums of `ephemetry receive` are held against it.
 *
 * Source: J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997); CPython's math.fsum.
 */
export class ReferenceSum {
  #integer = 0n;
  /** Non-overlapping doubles of rising magnitude; their mathematical sum is exact. */
  #partials: number[] = [];

  /** `term` must be finite. */
  add(term: bigint | number): void {
    if (typeof term === 'bigint') this.#integer += term;
    else this.#partials = addTo(this.#partials, term);
  }

  /** @throws {RangeError} when the integers alone do not fit a number exactly. */
  value(): number {
    const integer = exactNumber(this.#integer);
    return roundOnce(addTo(this.#partials, integer));
  }
}

/** @throws {RangeError} when `integer` is beyond ±(2^53 - 1). */
export function exactNumber(integer: bigint): number {
  const number = Number(integer);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`${integer} is beyond what a number holds exactly; use smaller values in the test`);
}

function addTo(partials: readonly number[], term: number): number[] {
  const next: number[] = [];
  let carried = term;
  for (const partial of partials) {
    const [large, small] = Math.abs(carried) < Math.abs(partial) ? [partial, carried] : [carried, partial];
    const high = large + small;
    const low = small - (high - large);
    if (low !== 0) next.push(low);
    carried = high;
  }
  if (carried !== 0) next.push(carried);
  return next;
}

function roundOnce(partials: readonly number[]): number {
  const rest = [...partials];
  let high = rest.pop() ?? 0;
  let low = 0;
  while (rest.length > 0 && low === 0) {
    const next = rest.pop() ?? 0;
    const sum = high + next;
    low = next - (sum - high);
    high = sum;
  }
  // A tie was rounded to even: what lies below decides whether that was right.
  const below = rest.at(-1) ?? 0;
  if (below !== 0 && low !== 0 && below > 0 === low > 0) {
    const doubled = low * 2;
    const nudged = high + doubled;
    if (doubled === nudged - high) return nudged;
  }
  return high;
}
