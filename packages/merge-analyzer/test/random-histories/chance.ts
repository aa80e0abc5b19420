/** Chance that can be had again: the same seed makes the same decisions. */
export interface Chance {
  /** From 0 to below `limit`. */
  readonly below: (limit: number) => number;
  /** True so often in a hundred. */
  readonly percent: (often: number) => boolean;
  readonly oneOf: <Item>(items: readonly Item[]) => Item | undefined;
}

/** @see https://en.wikipedia.org/wiki/Xorshift */
export function createChance(seed: number): Chance {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    percent: (often) => below(100) < often,
    oneOf: (items) => items[below(items.length)],
  };
}
