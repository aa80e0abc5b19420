/** What several runs of one measurement came to. */
import { quantile } from '@ephemetry/statistics';

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
    median: quantile(values, 0.5),
    max: Math.max(...values),
    runs: values.length,
  };
}
