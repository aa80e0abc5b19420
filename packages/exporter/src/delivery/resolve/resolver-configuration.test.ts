import { expect, test } from 'vitest';
import { parseResolverConfiguration } from './resolver-configuration.ts';

const NOTHING = { search: [], dotsAtLeast: 1, timeoutMs: 5000, attempts: 2 };

test.each([
  ['', NOTHING],
  ['# search a\n; search b\nnameserver 192.0.2.1\nsortlist x\n', NOTHING],
  ['search a b. # c\n', { ...NOTHING, search: ['a', 'b'] }],
  ['domain a b\n', { ...NOTHING, search: ['a'] }],
  ['search a\ndomain b\n', { ...NOTHING, search: ['b'] }],
  ['search .\n', { ...NOTHING, search: [''] }],
  [
    'options ndots:5 timeout:1 attempts:3 edns0 trust-ad\n',
    { search: [], dotsAtLeast: 5, timeoutMs: 1000, attempts: 3 },
  ],
  [
    'options ndots:99 timeout:99 attempts:99\n',
    { search: [], dotsAtLeast: 15, timeoutMs: 30_000, attempts: 5 },
  ],
  ['options ndots:0 timeout:0 attempts:0\n', { search: [], dotsAtLeast: 0, timeoutMs: 1000, attempts: 1 }],
  ['options ndots:-1 timeout:x attempts\n', NOTHING],
])('%j', (text, expected) => {
  expect(parseResolverConfiguration(text)).toEqual(expected);
});
