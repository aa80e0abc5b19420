import { type Fraction, nearestRankBy, type Rate } from '@ephemetry/statistics';
import type { Merge } from './merge.ts';
import type { MergeWindow } from './merge-window.ts';
import type { RateDefinition } from './rate-definition.ts';

/**
 * A rate of one scope: a share of the window, or a number over 1.
 *
 * @param newest - of the scope, made with the same rate.
 * @returns for an empty window `{ kind: 'undefined', n: 0, minimum: 50 }`, never 0.
 */
export function rateOf(rate: RateDefinition, newest: MergeWindow): Rate {
  const { window } = rate;
  // Not with `rateOver`: a closure for each rate of each merge is a tenth of the fold.
  const n = newest.merges.length;
  if (n < window) return { kind: 'undefined', n, minimum: window };
  return { kind: 'defined', value: windowValue(rate, newest), n: window, minimum: window };
}

function windowValue(rate: RateDefinition, { merges, counts }: MergeWindow): Fraction {
  switch (rate.kind) {
    case 'share':
      return { numerator: counts[rate.name] ?? 0, denominator: rate.window };
    case 'percentile':
      return {
        numerator: nearestRankBy(newestOf(merges, rate.window), rate.percent, rate.of),
        denominator: 1,
      };
  }
}

function newestOf(merges: readonly Merge[], count: number): readonly Merge[] {
  return merges.length === count ? merges : merges.slice(-count);
}
