import type { Fraction } from './fraction.ts';

/**
 * A rate over observations, which never travels without their count. With fewer observations than it needs it is
 * undefined: there is no partial average, and undefined is not 0.
 */
export type Rate =
  | {
      readonly kind: 'defined';
      readonly value: Fraction;
      /** Observations that the value is made of; `minimum` or more. */
      readonly n: number;
      /** Observations that the rate needs; 1 or more. */
      readonly minimum: number;
    }
  | { readonly kind: 'undefined'; readonly n: number; readonly minimum: number };

/**
 * A rate over `n` observations.
 *
 * @param computeValue - is called only when there are enough of them
 * @example
 * ```ts
 * import { rateOver } from '@ephemetry/statistics';
 *
 * const share = (passed: number, n: number) => rateOver(n, 50, () => ({ numerator: passed, denominator: n }));
 * console.log(share(49, 50).kind, share(20, 20).kind); // defined undefined
 * ```
 */
export function rateOver(n: number, minimum: number, computeValue: () => Fraction): Rate {
  if (n < minimum) return { kind: 'undefined', n, minimum };
  return { kind: 'defined', value: computeValue(), n, minimum };
}
