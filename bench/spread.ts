/** What several runs of one measurement came to. */

/** Values of one measurement, in its unit. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws {Error} when there is nothing to sum up, or a value is not a number: a failed run must not look fast. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new Error(`a spread needs finite values, but was given [${values.join(', ')}]`);
  }
  return {
    min: Math.min(...values),
    median: percentile(values, 0.5),
    max: Math.max(...values),
    runs: values.length,
  };
}

/** The smallest value that `share` (0 to 1) of all values do not exceed; between two middle values their mean. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
