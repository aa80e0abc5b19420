import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { compareFractions, type Fraction, type Thresholds } from '@ephemetry/statistics';

/** How far back a rate looks, and where it crosses. */
export interface RateConfiguration {
  /** Merges in the window; the rate is undefined until there are that many. */
  readonly window: number;
  /** A rate without thresholds crosses nothing. */
  readonly thresholds?: Thresholds;
}

/** What the analyzer computes. Data: two analyzers with the same configuration agree on everything. */
export interface AnalyzerConfiguration {
  /** Part of every crossing's identity. Change it with any window or threshold: see {@link assertConfiguration}. */
  readonly version: string;
  readonly rates: Readonly<Record<MergeRate, RateConfiguration>>;
}

/**
 * The windows and thresholds of the first version.
 *
 * | rate                     | window     | low         | high        |
 * | ------------------------ | ---------- | ----------- | ----------- |
 * | `first_pass_merge_rate`  | 50 merges  | at most 70 % | at least 85 % |
 * | `rebase_conflict_rate`   | 100 merges | at most 5 %  | at least 10 % |
 * | `p95_attempts_to_merge`  | 100 merges |             |             |
 */
export const DEFAULT_CONFIGURATION: AnalyzerConfiguration = {
  version: '1',
  rates: {
    [MERGE_RATES.firstPassMergeRate]: {
      window: 50,
      thresholds: { low: percent(70), high: percent(85) },
    },
    [MERGE_RATES.rebaseConflictRate]: {
      window: 100,
      thresholds: { low: percent(5), high: percent(10) },
    },
    [MERGE_RATES.p95AttemptsToMerge]: { window: 100 },
  },
};

/** The longest window: how many merges of a scope must be remembered. */
export function longestWindow({ rates }: AnalyzerConfiguration): number {
  // Spelled out: this runs twice a merge.
  return Math.max(
    rates[MERGE_RATES.firstPassMergeRate].window,
    rates[MERGE_RATES.rebaseConflictRate].window,
    rates[MERGE_RATES.p95AttemptsToMerge].window,
  );
}

/**
 * Refuses a configuration that cannot be computed.
 *
 * @throws RangeError naming the rate, what was given and what is allowed.
 */
export function assertConfiguration({ version, rates }: AnalyzerConfiguration): void {
  if (version.trim() === '') {
    throw new RangeError('AnalyzerConfiguration.version is empty; it identifies crossings: give it a name.');
  }
  for (const [rate, { window, thresholds }] of Object.entries(rates)) {
    if (!Number.isInteger(window) || window < 1) {
      throw new RangeError(`${rate}: window is ${window}; allowed: a whole number of merges, 1 or more.`);
    }
    if (thresholds !== undefined && compareFractions(thresholds.low, thresholds.high) >= 0) {
      throw new RangeError(`${rate}: the low threshold is not below the high one.`);
    }
  }
}

function percent(numerator: number): Fraction {
  return { numerator, denominator: 100 };
}
