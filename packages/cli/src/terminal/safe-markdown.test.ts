/** Text of others on a Markdown page: code, one line, and cut where a reader sees it. */
import { expect, test } from 'vitest';
import { escapedMarkdown, markdownCode } from './safe-markdown.ts';

test.each([
  ['a text', 'a | b', '`a | b`'],
  ['a text with backquotes', 'a `b` ``c``', '``` a `b` ``c`` ```'],
  ['no text', '', '(empty)'],
  ['controls of writing direction', 'a\u061c\u202eb', '`a\ufffd\ufffdb`'],
])('%s is code', (_, given, shown) => {
  expect(markdownCode(given)).toBe(shown);
});

test('what is too long ends with an ellipsis, and with a whole character', () => {
  expect(markdownCode('😀'.repeat(301))).toBe(`\`${'😀'.repeat(299)}…\``);
  expect(markdownCode('😀'.repeat(300))).toBe(`\`${'😀'.repeat(300)}\``);
  expect(escapedMarkdown(`${'a'.repeat(298)}😀bc`)).toBe(`${'a'.repeat(298)}😀…`);
});

test('a command is not cut off', () => {
  expect(markdownCode('c'.repeat(1_000), 20_000)).toBe(`\`${'c'.repeat(1_000)}\``);
});
