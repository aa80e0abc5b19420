import { expect, it } from 'vitest';
import { parseSeconds } from './parse-seconds.ts';

it.each([
  ['1.5', 1.5],
  ['0', 0],
  ['.25', 0.25],
  ['1e-05', 0.00001],
  ['1,234.5', 1234.5],
  ['1.234,5', 1234.5],
  ['1,234,567', undefined],
  ['12,345', 12.345],
  ['0,123', 0.123],
  ["1'234.5", 1234.5],
  ['1 234,5', 1234.5],
  [' 2.0 ', 2],
  ['604800', 604_800],
  ['604801', undefined],
  ['-1', undefined],
  ['-0.001', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['', undefined],
  [undefined, undefined],
  ['1,2,3', undefined],
  ['12 s', undefined],
  ['0x10', undefined],
])('the time %s is %s', (text, seconds) => {
  expect(parseSeconds(text)).toBe(seconds);
});
