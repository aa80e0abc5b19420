/**
 * Two ways to say what most values do not exceed. The nearest rank is one of the values, and exact for whole numbers;
 * the interpolated quantile moves smoothly from one to the next.
 */

/**
 * The nearest-rank percentile: the smallest value that at least `percent` of all values do not exceed.
 *
 * @param percent - 0 to 100
 * @throws RangeError when there is no value, or `percent` is outside 0 to 100.
 * @see https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 * @example
 * ```ts
 * import { nearestRank } from '@ephemetry/statistics';
 *
 * console.log(nearestRank([1, 1, 2, 9], 50)); // 1
 * ```
 */
export function nearestRank(values: readonly number[], percent: number): number {
  return nearestRankBy(values, percent, (value) => value);
}

/**
 * {@link nearestRank} of what each item says. To map the items to values first takes as long as the ranking.
 *
 * Only as many of the largest are kept as lie at or above the rank (6 of 100 for the 95th), instead of sorting all.
 *
 * @throws RangeError when there is no item, or `percent` is outside 0 to 100.
 * @example
 * ```ts
 * import { nearestRankBy } from '@ephemetry/statistics';
 *
 * const merges = [{ attempts: 1 }, { attempts: 4 }, { attempts: 2 }];
 * console.log(nearestRankBy(merges, 95, ({ attempts }) => attempts)); // 4
 * ```
 */
export function nearestRankBy<Item>(
  items: readonly Item[],
  percent: number,
  toValue: (item: Item) => number,
): number {
  assertAsked(items.length, percent, 100);
  const rank = Math.max(1, Math.ceil((items.length * percent) / 100));
  const kept = items.length - rank + 1;
  const largest: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    const value = toValue(item);
    if (largest.length === kept) {
      if (value <= least) continue;
      largest.shift();
    }
    insertInOrder(largest, value);
    least = largest[0] ?? value;
  }
  return least;
}

/** By hand: `splice` makes an array of what it removed, and takes twice as long as all the rest. */
function insertInOrder(sorted: number[], value: number): void {
  let at = sorted.length;
  for (; at > 0; at -= 1) {
    const below = sorted[at - 1] ?? value;
    if (below <= value) break;
    sorted[at] = below;
  }
  sorted[at] = value;
}

/**
 * The quantile by linear interpolation between the two nearest values.
 *
 * @param share - 0 to 1
 * @throws RangeError when there is no value, or `share` is outside 0 to 1.
 * @see Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7
 * @example
 * ```ts
 * import { quantile } from '@ephemetry/statistics';
 *
 * console.log(quantile([4, 1, 2, 3], 0.5)); // 2.5
 * ```
 */
export function quantile(values: readonly number[], share: number): number {
  assertAsked(values.length, share, 1);
  const sorted = [...values].sort((left, right) => left - right);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

function assertAsked(count: number, asked: number, most: number): void {
  if (count === 0) throw new RangeError('A quantile of 0 values does not exist; give 1 or more.');
  if (!(asked >= 0 && asked <= most)) {
    throw new RangeError(`The quantile is ${asked}; it must be between 0 and ${most}.`);
  }
}
