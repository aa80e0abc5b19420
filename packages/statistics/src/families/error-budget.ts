/** Many slices are tested at once: how a family of tests keeps its budget, and how budgets are shared out in advance. */

/**
 * Adjusted p-values: a test is found where its value is within the family's budget. Of tests of which none is true, a share
 * of the budget at most finds anything.
 *
 * @see Benjamini and Hochberg, Controlling the false discovery rate (1995)
 * @example
 * ```ts
 * import { benjaminiHochberg } from '@ephemetry/statistics';
 *
 * console.log(benjaminiHochberg([0.01, 0.04, 0.5])); // [ 0.03, 0.06, 0.5 ]
 * ```
 */
export function benjaminiHochberg(p: readonly number[]): readonly number[] {
  const order = p.map((_, index) => index).sort((a, b) => (p[b] ?? 1) - (p[a] ?? 1));
  const adjusted = new Array<number>(p.length).fill(1);
  let least = 1;
  for (const [place, index] of order.entries()) {
    least = Math.min(least, ((p[index] ?? 1) * p.length) / (p.length - place));
    adjusted[index] = least;
  }
  return adjusted;
}

/** A family of tests before any of them is made. */
export interface BudgetShare {
  /** Its part of the budget where all families have tests. */
  readonly share: number;
  /** Tests that it has. */
  readonly tests: number;
}

/**
 * Shares a budget out among families. One without a test gives its part to the others, in proportion: counts decide, never
 * outcomes.
 *
 * @example
 * ```ts
 * import { shareBudget } from '@ephemetry/statistics';
 *
 * const families = [{ share: 0.5, tests: 1 }, { share: 0.3, tests: 0 }, { share: 0.5, tests: 9 }];
 * console.log(shareBudget(0.05, families)); // [ 0.025, 0, 0.025 ]
 * ```
 */
export function shareBudget(budget: number, families: readonly BudgetShare[]): readonly number[] {
  const shared = families.reduce((sum, { share, tests }) => sum + (tests > 0 ? share : 0), 0);
  return families.map(({ share, tests }) => (tests > 0 ? (budget * share) / shared : 0));
}
