import { expect, test } from 'vitest';
import { storableText } from './storable-text.ts';

test.each([
  ['as it is', 'plain, ü and 😀', 'plain, ü and 😀'],
  ['without zero bytes', 'a\0b\0', 'a\ufffdb\ufffd'],
  ['without halves of characters', '\ud83da\ude00', '\ufffda\ufffd'],
])('a text is kept %s', (_, given, kept) => {
  expect(storableText(given)).toBe(kept);
});
