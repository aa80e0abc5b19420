/** Nearest ranks of values that are asked for several of them: sorted once. */

/** The values in their order. */
export function sortedValues(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The nearest rank: a value that was seen.
 *
 * @param sorted - one value or more
 */
export function rankIn(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
