/** How far a share that was observed may be from the true one. */

/** Both ends, between 0 and 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of a normal distribution. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of Wilson's score: it holds for few observations and for shares near 0 and 1, where the usual one
 * would be empty. Of no observations nothing is known: 0 to 1.
 *
 * @throws {RangeError} unless 0 ≤ successes ≤ n, whole numbers
 * @see Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209–212
 * @example
 * ```ts
 * import { wilsonInterval } from '@ephemetry/statistics';
 *
 * const { low, high } = wilsonInterval(15, 148);
 * console.log(low.toFixed(4), high.toFixed(4)); // 0.0624 0.1605
 * ```
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (!Number.isInteger(successes) || !Number.isInteger(n) || successes < 0 || successes > n)
    throw new RangeError(`successes must be a whole number from 0 to n = ${n}, but is ${successes}`);
  if (n === 0) return { low: 0, high: 1 };
  const share = successes / n;
  const weight = 1 + Z ** 2 / n;
  const centre = (share + Z ** 2 / (2 * n)) / weight;
  const half = (Z / weight) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  // Rounding must not leave the ends that are known exactly.
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
  };
}
