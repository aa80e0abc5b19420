import { compareFractions, type Fraction } from './fraction.ts';
import type { Rate } from './rate.ts';

/** Which threshold a rate reached last; `unknown` until it reached one. */
export type TriggerState = 'unknown' | 'low' | 'high';

/** Two thresholds with a dead band between them. */
export interface Thresholds {
  /** At or below: the state is low. */
  readonly low: Fraction;
  /** At or above: the state is high. Greater than `low`. */
  readonly high: Fraction;
}

/**
 * One step of a Schmitt trigger: high at or above `high`, low at or below `low`, unchanged in between, so a
 * rate that trembles around one threshold changes the state once. Equality reaches a threshold: 35/50 is low
 * at 70 %, 10/100 is high at 10 %. An undefined rate changes nothing.
 *
 * @see https://en.wikipedia.org/wiki/Schmitt_trigger
 * @example
 * ```ts
 * import { nextState, rateOver } from '@ephemetry/statistics';
 *
 * const thresholds = { low: { numerator: 70, denominator: 100 }, high: { numerator: 85, denominator: 100 } };
 * const passed = (count: number) => rateOver(50, 50, () => ({ numerator: count, denominator: 50 }));
 * // 36/50 is in the dead band; 35/50 is 70 %.
 * console.log(nextState('high', passed(36), thresholds), nextState('high', passed(35), thresholds)); // high low
 * ```
 */
export function nextState(state: TriggerState, rate: Rate, { low, high }: Thresholds): TriggerState {
  if (rate.kind === 'undefined') return state;
  if (compareFractions(rate.value, high) >= 0) return 'high';
  if (compareFractions(rate.value, low) <= 0) return 'low';
  return state;
}
