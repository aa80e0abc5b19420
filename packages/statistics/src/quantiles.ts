/**
 * Two ways to say what most values do not exceed. The nearest rank is one of the values, and exact for whole numbers;
 * the interpolated quantile moves smoothly from one to the next.
 */

/**
 * The nearest-rank percentile: the smallest value that at least `percent` of all values do not exceed.
 *
 * Only as many of the largest are kept as lie at or above the rank (6 of 100 for the 95th), instead of sorting all.
 *
 * @param percent - 0 to 100
 * @throws RangeError when there is no value, or `percent` is outside of 0 to 100.
 * @see https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 * @example
 * ```ts
 * import { nearestRank } from '@ephemetry/statistics';
 *
 * console.log(nearestRank([1, 1, 2, 9], 50)); // 1
 * ```
 */
export function nearestRank(values: readonly number[], percent: number): number {
  assertAsked(values, percent, 100);
  const rank = Math.max(1, Math.ceil((values.length * percent) / 100));
  const kept = values.length - rank + 1;
  const largest: number[] = [];
  for (const value of values) {
    if (largest.length === kept && value <= (largest[0] ?? value)) continue;
    let below = 0;
    while (below < largest.length && (largest[below] ?? value) < value) below += 1;
    largest.splice(below, 0, value);
    if (largest.length > kept) largest.shift();
  }
  return largest[0] ?? Number.NaN;
}

/**
 * The quantile by linear interpolation between the two nearest values.
 *
 * @param share - 0 to 1
 * @throws RangeError when there is no value, or `share` is outside of 0 to 1.
 * @see Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7
 * @example
 * ```ts
 * import { quantile } from '@ephemetry/statistics';
 *
 * console.log(quantile([4, 1, 2, 3], 0.5)); // 2.5
 * ```
 */
export function quantile(values: readonly number[], share: number): number {
  assertAsked(values, share, 1);
  const sorted = [...values].sort((left, right) => left - right);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

function assertAsked(values: readonly number[], asked: number, most: number): void {
  if (values.length === 0) throw new RangeError('There is no quantile of 0 values; give 1 or more.');
  if (!(asked >= 0 && asked <= most)) {
    throw new RangeError(`The quantile is ${asked}; it must be between 0 and ${most}.`);
  }
}
