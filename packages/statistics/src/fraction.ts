/** An exact ratio of two whole numbers. Rates stay fractions until they are shown: 35/50 is 0.7, not nearly. */
export interface Fraction {
  readonly numerator: number;
  /** 1 or more. */
  readonly denominator: number;
}

/**
 * Negative, zero or positive as `left` is below, equal to or above `right`. Exact: products of counts and
 * percentages stay far below 2^53.
 *
 * @example
 * ```ts
 * import { compareFractions } from '@ephemetry/statistics';
 *
 * console.log(compareFractions({ numerator: 35, denominator: 50 }, { numerator: 70, denominator: 100 })); // 0
 * ```
 */
export function compareFractions(left: Fraction, right: Fraction): number {
  return left.numerator * right.denominator - right.numerator * left.denominator;
}

/**
 * The fraction as a number, for readers that want one.
 *
 * @example
 * ```ts
 * import { toNumber } from '@ephemetry/statistics';
 *
 * console.log(toNumber({ numerator: 35, denominator: 50 })); // 0.7
 * ```
 */
export function toNumber({ numerator, denominator }: Fraction): number {
  return numerator / denominator;
}
