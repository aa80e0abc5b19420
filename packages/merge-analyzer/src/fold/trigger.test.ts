import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIGURATION } from './configuration.ts';
import { nextState, type Thresholds, type TriggerState } from './trigger.ts';

const { first_pass_merge_rate: firstPass, rebase_conflict_rate: conflicts } = DEFAULT_CONFIGURATION.rates;

describe('equality reaches a threshold', () => {
  test.each<[string, Thresholds | undefined, number, number, TriggerState, TriggerState]>([
    ['35/50 is low at 70 %', firstPass.thresholds, 35, 50, 'high', 'low'],
    ['36/50 stays high', firstPass.thresholds, 36, 50, 'high', 'high'],
    ['36/50 stays unknown', firstPass.thresholds, 36, 50, 'unknown', 'unknown'],
    ['42/50 is below 85 %', firstPass.thresholds, 42, 50, 'low', 'low'],
    ['43/50 is above 85 %', firstPass.thresholds, 43, 50, 'low', 'high'],
    ['5/100 is low at 5 %', conflicts.thresholds, 5, 100, 'high', 'low'],
    ['6/100 stays high', conflicts.thresholds, 6, 100, 'high', 'high'],
    ['9/100 stays low', conflicts.thresholds, 9, 100, 'low', 'low'],
    ['10/100 is high at 10 %', conflicts.thresholds, 10, 100, 'low', 'high'],
  ])('%s', (_, thresholds, numerator, denominator, before, after) => {
    if (thresholds === undefined) throw new Error('this rate has thresholds');
    expect(nextState(before, { numerator, denominator }, thresholds)).toBe(after);
  });
});
