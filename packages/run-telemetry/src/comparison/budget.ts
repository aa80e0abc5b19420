/** How the error budget of a comparison is shared out, before any test. */
import { shareBudget } from '@ephemetry/statistics';
import type { MetricName } from './metrics.ts';

/** One-sided: of comparisons of equals so many may call anything degraded. */
export const ERROR_BUDGET = 0.05;
const UNFINISHED_SHARE = 0.05;
const SUCCESS_SHARE = 0.6;

/** Of a metric: all runs, single dimensions, pairs. */
const FAMILY_SHARES = { whole: 0.5, singles: 0.3, pairs: 0.2 } as const;

/** The budget of each gated metric. Unfinished runs are always watched, with a twentieth. */
export function metricBudgets(gates: readonly MetricName[]): ReadonlyMap<MetricName, number> {
  const others = gates.filter((name) => name !== 'success' && name !== 'unfinished');
  const hasSuccess = gates.includes('success');
  const rest = 1 - UNFINISHED_SHARE;
  const success = hasSuccess ? (others.length > 0 ? SUCCESS_SHARE : rest) : 0;
  const budgets = new Map<MetricName, number>([['unfinished', UNFINISHED_SHARE * ERROR_BUDGET]]);
  if (hasSuccess) budgets.set('success', success * ERROR_BUDGET);
  for (const name of others) budgets.set(name, ((rest - success) / others.length) * ERROR_BUDGET);
  return budgets;
}

/** A family of slices of one metric before its tests. */
export interface FamilySize {
  readonly kind: keyof typeof FAMILY_SHARES;
  readonly tests: number;
}

/** Each family's budget: dimensions of one kind share equally, and what has no test gives its part to the others. */
export function familyBudgets(budget: number, families: readonly FamilySize[]): readonly number[] {
  return shareBudget(
    budget,
    families.map(({ kind, tests }) => ({
      share: FAMILY_SHARES[kind] / families.filter((each) => each.kind === kind).length,
      tests,
    })),
  );
}
