import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeSpan, oneLine, titleText } from './harmless-text.ts';

test.each([
  ['plain', '`plain`'],
  ['a `tick` inside', '``a `tick` inside``'],
  ['``two', '``` ``two ```'],
  ['lines\n  of\r\ntext', '`lines of text`'],
  ['\u001b[31mred\u202e', '`\ufffd[31mred\ufffd`'],
  [' ', '(empty)'],
])('%j is shown as %s', (text, shown) => {
  expect(codeSpan(text, 100)).toBe(shown);
});

test('what is too long ends with an ellipsis, and no character is cut in two', () => {
  expect(oneLine('😀'.repeat(10), 4)).toBe('😀😀😀…');
  expect(oneLine('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…');
});

test('whatever a text holds, its code span ends where we end it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[`a<!\- \n]{0,40}$/), (text) => {
      const span = codeSpan(text, 100);
      if (span === '(empty)') return;
      const [fence = ''] = /^`+/.exec(span) ?? [];
      const inside = span.slice(fence.length, -fence.length);
      expect(span.endsWith(fence)).toBe(true);
      expect(span).not.toContain('\n');
      expect((inside.match(/`+/g) ?? []).every((run) => run.length !== fence.length)).toBe(true);
    }),
  );
});

test('a title refers to nobody and nothing', () => {
  const title = titleText('@boss see #12, !3, http://git.example.org/a/b/issues/1 `now` :tada:', 200);
  expect(title).not.toMatch(/[@#`]|!\d|:\/\/|:tada:/);
});
