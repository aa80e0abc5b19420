/** The standard normal distribution, to about 14 digits also far out in its tail. */

/** Above this the continued fraction converges fast, and the series would lose digits. */
const TAIL_BEGINS = 2.5;
const FRACTION_TERMS = 120;
const NEWTON_STEPS = 40;

/**
 * The probability of a value above `z`.
 *
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11 (series) and 26.2.14 (continued fraction)
 * @example
 * ```ts
 * import { normalUpperTail } from '@ephemetry/statistics';
 *
 * console.log(normalUpperTail(1.96).toFixed(4)); // 0.0250
 * ```
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  return z > TAIL_BEGINS ? tailByFraction(z) : 0.5 - halfBySeries(z);
}

/**
 * The `z` above which a share `p` of all values lies: the inverse of {@link normalUpperTail}.
 *
 * @throws RangeError when `p` is not between 0 and 1.
 * @example
 * ```ts
 * import { normalUpperQuantile } from '@ephemetry/statistics';
 *
 * console.log(normalUpperQuantile(0.025).toFixed(2)); // 1.96
 * ```
 */
export function normalUpperQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`The share is ${p}; it must be between 0 and 1.`);
  if (p > 0.5) return -normalUpperQuantile(1 - p);
  // The tail is below exp(-z^2/2)/2, so this lies above the quantile; the logarithm of the tail is concave, so that
  // Newton's steps stay on that side.
  let z = Math.sqrt(Math.max(0, -2 * Math.log(2 * p)));
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    const tail = normalUpperTail(z);
    const change = (Math.log(tail / p) * tail) / density(z);
    z += change;
    if (Math.abs(change) < 1e-14 * Math.max(1, z)) break;
  }
  return z;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** z + z^3/3 + z^5/(3 5) + …, times the density: the share between 0 and z. */
function halfBySeries(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum * density(z);
}

function tailByFraction(z: number): number {
  let below = z;
  for (let index = FRACTION_TERMS; index >= 1; index -= 1) below = z + index / below;
  return density(z) / below;
}
