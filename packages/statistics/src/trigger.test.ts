import { describe, expect, test } from 'vitest';
import { rateOver } from './rate.ts';
import { nextState, type Thresholds, type TriggerState } from './trigger.ts';

const passes: Thresholds = percent(70, 85);
const conflicts: Thresholds = percent(5, 10);

describe('equality reaches a threshold', () => {
  test.each<[string, Thresholds, number, number, TriggerState, TriggerState]>([
    ['35/50 is low at 70 %', passes, 35, 50, 'high', 'low'],
    ['36/50 stays high', passes, 36, 50, 'high', 'high'],
    ['36/50 stays unknown', passes, 36, 50, 'unknown', 'unknown'],
    ['42/50 is below 85 %', passes, 42, 50, 'low', 'low'],
    ['43/50 is above 85 %', passes, 43, 50, 'low', 'high'],
    ['5/100 is low at 5 %', conflicts, 5, 100, 'high', 'low'],
    ['6/100 stays high', conflicts, 6, 100, 'high', 'high'],
    ['9/100 stays low', conflicts, 9, 100, 'low', 'low'],
    ['10/100 is high at 10 %', conflicts, 10, 100, 'low', 'high'],
  ])('%s', (_, thresholds, numerator, denominator, before, after) => {
    const rate = rateOver(denominator, denominator, () => ({ numerator, denominator }));
    expect(nextState(before, rate, thresholds)).toBe(after);
  });
});

test.each<TriggerState>(['unknown', 'low', 'high'])(
  'a rate with too few observations leaves the state %s',
  (state) => {
    const rate = rateOver(49, 50, () => ({ numerator: 49, denominator: 49 }));
    expect(nextState(state, rate, passes)).toBe(state);
  },
);

function percent(low: number, high: number): Thresholds {
  return { low: { numerator: low, denominator: 100 }, high: { numerator: high, denominator: 100 } };
}
