import { expect, test } from 'vitest';
import { durationSeconds } from './duration.ts';

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['6h', 21_600],
  ['3d', 259_200],
  ['2w', 1_209_600],
])('%s are %i seconds', (duration, seconds) => {
  expect(durationSeconds(duration)).toBe(seconds);
});

test.each(['', '0s', '5', 'm', '1.5h', '-1h', '1h30m', ' 1h', '1h\n', '1y'])('%o is no duration', (text) => {
  expect(durationSeconds(text)).toBeUndefined();
});
