import type { MergeRate, MetricDefinition } from '@ephemetry/contract';
import type { Thresholds } from '@ephemetry/statistics';
import type { Scope } from './crossing.ts';
import type { Merge } from './merge.ts';

/** A rate as data: what it is computed of, whose it is, when it crosses and which gauges show it. */
export type RateDefinition<Name extends MergeRate = MergeRate> = AnyRate<Name> & (Share | Percentile);

interface AnyRate<Name> {
  readonly name: Name;
  /** Merges in the window; the rate is undefined until there are that many. */
  readonly window: number;
  readonly scopes: RateScopes;
  /** A rate without thresholds has no state and crosses nothing. */
  readonly thresholds?: Thresholds;
  readonly gauges: RateGauges;
}

/** Merges of the window that count, over the window. */
interface Share {
  readonly kind: 'share';
  /** Whether a merge counts. */
  readonly of: (merge: Merge) => boolean;
}

/** What so many percent of the window's merges do not exceed: the nearest rank. */
interface Percentile {
  readonly kind: 'percentile';
  readonly percent: number;
  /** What is ranked. */
  readonly of: (merge: Merge) => number;
}

/**
 * Whose rate it is. Each is kept over all merges. `project` is kept for each project as well;
 * `projectElseGlobal` answers with the rate over all merges while a project has fewer than the window.
 */
export type RateScopes = 'global' | 'project' | 'projectElseGlobal';

/** The metrics that show a rate; a project is no label, so that of projects only sums and extremes are shown. */
export interface RateGauges {
  readonly global: MetricDefinition;
  /** The highest of any project's own. */
  readonly worstProject?: MetricDefinition;
  /** Projects by the state of their own rate. */
  readonly projectsByState?: MetricDefinition;
}

/** One entry a rate, in the order in which rates are shown. */
export type RateTable = { readonly [Name in MergeRate]: RateDefinition<Name> };

/** Whether the rate is kept for this scope. */
export function hasScope({ scopes }: RateDefinition, { kind }: Scope): boolean {
  return kind === 'global' || scopes !== 'global';
}

/** What one merge adds to the count of a share, or what of it a percentile ranks. */
export function contributionOf(rate: RateDefinition, merge: Merge): number {
  return Number(rate.of(merge));
}

/** The same of each rate of a table, in the order given. */
export function mapRates<Value>(
  rates: readonly RateDefinition[],
  toValue: (rate: RateDefinition) => Value,
): Readonly<Record<MergeRate, Value>> {
  const values = rates.map((rate) => [rate.name, toValue(rate)]);
  // The keys are those of the table: what `fromEntries` cannot say.
  return Object.fromEntries(values) as Record<MergeRate, Value>;
}
