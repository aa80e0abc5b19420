/** An exact ratio of two whole numbers. Rates stay fractions until they are shown: 35/50 is 0.7, not nearly. */
export interface Fraction {
  readonly numerator: number;
  /** 1 or more. */
  readonly denominator: number;
}

/**
 * Negative, zero or positive as `left` is below, equal to or above `right`. Exact: products of counts and
 * percentages stay far below 2^53.
 * 35/50 and 70/100 are equal.
 */
export function compareFractions(left: Fraction, right: Fraction): number {
  return left.numerator * right.denominator - right.numerator * left.denominator;
}

/** The fraction as a number, for readers that want one. */
export function toNumber({ numerator, denominator }: Fraction): number {
  return numerator / denominator;
}
