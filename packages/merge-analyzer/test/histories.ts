/** Merges for tests, and a second way to compute what the analyzer must say of them: slow, plain, from scratch. */
import fc from 'fast-check';
import { type AnalyzerConfiguration, DEFAULT_CONFIGURATION } from '../src/fold/configuration.ts';
import type { Merge } from '../src/fold/merge.ts';
import { RATES } from '../src/fold/merge-rates.ts';

/** What tests vary of a merge. */
export interface Outline {
  readonly project: string;
  readonly attempts: number;
  readonly isRebaseConflict: boolean;
}

/** Small windows and the real thresholds: every rule is met within a few dozen merges. */
export const SMALL: AnalyzerConfiguration = {
  version: 'small',
  rates: {
    first_pass_merge_rate: { ...RATES.first_pass_merge_rate, window: 4, thresholds: thresholds(50, 75) },
    rebase_conflict_rate: { ...RATES.rebase_conflict_rate, window: 5, thresholds: thresholds(20, 60) },
    p95_attempts_to_merge: { ...RATES.p95_attempts_to_merge, window: 5 },
  },
};

export const REAL: AnalyzerConfiguration = DEFAULT_CONFIGURATION;

/** Random merges of a few projects, conflicts and second attempts common enough to cross often. */
export const outlines: fc.Arbitrary<Outline[]> = fc.array(
  fc.record({
    project: fc.constantFrom('alpha', 'beta', 'gamma'),
    attempts: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 9 })),
    isRebaseConflict: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** Merges in this order, numbered. */
export function toMerges(history: readonly Outline[]): readonly Merge[] {
  return history.map((outline, index) => ({
    ...outline,
    ordinal: index + 1,
    eventId: `e${index + 1}`,
    workItemId: `w${index + 1}`,
    mergedAt: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
  }));
}

/** The rates after the last of these merges, computed from the whole history. */
export function plainRates(history: readonly Outline[], configuration: AnalyzerConfiguration) {
  const share = (merges: readonly Outline[], window: number, counts: (merge: Outline) => boolean) => {
    if (merges.length < window) return null;
    return { numerator: merges.slice(-window).filter(counts).length, denominator: window };
  };
  const p95 = (merges: readonly Outline[], window: number) => {
    if (merges.length < window) return null;
    const sorted = merges
      .slice(-window)
      .map(({ attempts }) => attempts)
      .sort((left, right) => left - right);
    return sorted[Math.ceil(0.95 * window) - 1] ?? null;
  };
  const { first_pass_merge_rate, rebase_conflict_rate, p95_attempts_to_merge } = configuration.rates;
  const own = history.filter(({ project }) => project === history.at(-1)?.project);
  const globalConflicts = share(history, rebase_conflict_rate.window, (merge) => merge.isRebaseConflict);
  const ownConflicts = share(own, rebase_conflict_rate.window, (merge) => merge.isRebaseConflict);
  return {
    firstPass: share(history, first_pass_merge_rate.window, ({ attempts }) => attempts === 1),
    globalConflicts,
    projectConflicts: ownConflicts ?? globalConflicts,
    source: ownConflicts === null ? 'global' : 'project',
    globalP95: p95(history, p95_attempts_to_merge.window),
    projectP95: p95(own, p95_attempts_to_merge.window),
  };
}

/** So many merges, one after the other. */
export function repeat(count: number, outline: Partial<Outline> = {}): readonly Outline[] {
  return Array.from({ length: count }, () => ({
    project: 'alpha',
    attempts: 1,
    isRebaseConflict: false,
    ...outline,
  }));
}

function thresholds(low: number, high: number) {
  return { low: { numerator: low, denominator: 100 }, high: { numerator: high, denominator: 100 } };
}
