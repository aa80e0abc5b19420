import { compareFractions, type Fraction } from '@ephemetry/statistics';
import { RATES } from './merge-rates.ts';
import type { RateDefinition, RateTable } from './rate-definition.ts';

/** What the analyzer computes. Two analyzers with the same configuration agree on everything. */
export interface AnalyzerConfiguration {
  /** Part of every crossing's identity. Change it with any rate: see {@link assertConfiguration}. */
  readonly version: string;
  readonly rates: RateTable;
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
export const DEFAULT_CONFIGURATION: AnalyzerConfiguration = { version: '1', rates: RATES };

/** Every rate, in the order in which rates are shown. */
export function ratesOf({ rates }: AnalyzerConfiguration): readonly RateDefinition[] {
  return Object.values(rates);
}

/**
 * What a configuration computes, as a text that is the same for the same rates: what merges were folded by is compared by
 * it. What a rate counts of a merge is a function, and not in it: a change of that needs another version by agreement.
 */
export function rulesOf({ rates }: AnalyzerConfiguration): string {
  const rules = Object.values<RateDefinition>(rates).map((rate) => [rate.name, rulesOfRate(rate)] as const);
  return JSON.stringify(Object.fromEntries(rules.sort(([left], [right]) => (left < right ? -1 : 1))));
}

function rulesOfRate({ window, scopes, thresholds, ...rate }: RateDefinition): string {
  const kind = rate.kind === 'percentile' ? `${rate.percent} % do not exceed` : rate.kind;
  const states =
    thresholds === undefined
      ? 'no thresholds'
      : `low at ${inWords(thresholds.low)}, high at ${inWords(thresholds.high)}`;
  return `${kind}, window ${window}, ${scopes}, ${states}`;
}

function inWords({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`;
}

/** Merges were folded under this version by other rates: crossings of both would have one identity. */
export class ConfigurationChangedError extends Error {
  override readonly name = 'ConfigurationChangedError';

  constructor(configuration: AnalyzerConfiguration, rulesBefore: string) {
    const before: Readonly<Record<string, unknown>> = JSON.parse(rulesBefore);
    const now: Readonly<Record<string, unknown>> = JSON.parse(rulesOf(configuration));
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    const changes = names
      .filter((name) => before[name] !== now[name])
      .map((name) => `${name} was "${before[name] ?? 'not there'}" and is "${now[name] ?? 'not there'}"`);
    super(
      `merges were folded under the configuration version "${configuration.version}" with other rates: ${changes.join('; ')}. ` +
        'Give the changed configuration another version (AnalyzerConfiguration.version), or take the old rates.',
    );
  }
}

/** The longest window: how many merges of a scope must be remembered. */
export function longestWindow(rates: readonly RateDefinition[]): number {
  let longest = 1;
  for (const { window } of rates) if (window > longest) longest = window;
  return longest;
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
  for (const [key, rate] of Object.entries(rates)) assertRate(key, rate);
}

function assertRate(key: string, rate: RateDefinition): void {
  const { name, window, thresholds } = rate;
  if (name !== key) throw new RangeError(`${key}: its name is ${name}; a rate's key must be its name.`);
  if (!Number.isInteger(window) || window < 1) {
    throw new RangeError(`${name}: window is ${window}; allowed: a whole number of merges, 1 or more.`);
  }
  if (rate.kind === 'percentile' && !(rate.percent >= 0 && rate.percent <= 100)) {
    throw new RangeError(`${name}: percent is ${rate.percent}; allowed: 0 to 100.`);
  }
  if (thresholds !== undefined && compareFractions(thresholds.low, thresholds.high) >= 0) {
    throw new RangeError(`${name}: the low threshold is not below the high one.`);
  }
}
