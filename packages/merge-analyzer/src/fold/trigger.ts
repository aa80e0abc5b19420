import { compareFractions, type Fraction } from './fraction.ts';

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
 * at 70 %, 10/100 is high at 10 %.
 *
 * @see https://en.wikipedia.org/wiki/Schmitt_trigger
 * With 70 % and 85 %, a high rate stays high at 36/50, which is in the dead band, and is low at 35/50.
 */
export function nextState(state: TriggerState, value: Fraction, { low, high }: Thresholds): TriggerState {
  if (compareFractions(value, high) >= 0) return 'high';
  if (compareFractions(value, low) <= 0) return 'low';
  return state;
}
