/** Sums of everything that was ever counted, so that what is scraped never begins at 0 again. */
import { boundsOf, type CountedKey, type ForgeMeasurement } from './measurement.ts';

/** The sum of a series. `counts` of a histogram: one a bucket, not cumulative, the last one above all bounds. */
export type SeriesTotal =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
      readonly sum: number;
    };

/** A series with its sum. */
export interface ForgeTotal {
  readonly key: CountedKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly total: SeriesTotal;
}

/** With one more measurement. A histogram whose bounds are others now begins anew. */
export function addedTo(before: SeriesTotal | undefined, { key, value }: ForgeMeasurement): SeriesTotal {
  const bounds = boundsOf(key);
  if (bounds === undefined) {
    return { kind: 'number', value: (before?.kind === 'number' ? before.value : 0) + value };
  }
  const isSame = before?.kind === 'histogram' && String(before.bounds) === String(bounds);
  const { counts, sum } = isSame ? before : { counts: [...bounds, 0].map(() => 0), sum: 0 };
  const found = bounds.findIndex((bound) => value <= bound);
  const bucket = found === -1 ? bounds.length : found;
  return {
    kind: 'histogram',
    bounds,
    counts: counts.map((count, index) => (index === bucket ? count + 1 : count)),
    sum: sum + value,
  };
}
