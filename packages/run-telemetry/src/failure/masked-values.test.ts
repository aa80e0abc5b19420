/** What stood in the places of a message: evidence for hints. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toFailure } from './failure.ts';
import { maskMessage, maskParts } from './mask-message.ts';

test.each<[string, string, readonly string[]]>([
  ["missing 1 required argument: 'to'", 'missing <*> required argument: <*>', ['1', 'to']],
  ['timed out after 30 s', 'timed out after <*>', ['30 s']],
  ['GET https://a.example/x?id=7 failed', 'GET <*> failed', ['https://a.example/x?id=7']],
  ["'a' and 'b' are unknown", '<*> are unknown', ["'a' and 'b'"]],
  ['run id=abc failed', 'run id=<*> failed', ['abc']],
  ["to='Rome' is not allowed", 'to=<*> is not allowed', ['Rome']],
  ['no number here', 'no number here', []],
  ['expected one of ["x", "y"] in /tmp/a.txt', 'expected one of <*> in <*>', ['["x", "y"]', '/tmp/a.txt']],
])('%s', (message, template, values) => {
  const found = maskParts(message);
  expect(found.template).toBe(template);
  expect(found.values).toEqual(values);
});

test('there are no more values than places, and none is long', () => {
  const words = fc.constantFrom(
    'a',
    "'b c'",
    '7',
    's',
    'x=1',
    '[1, 2]',
    'http://h/p',
    '"',
    '<*>',
    ',',
    'and',
    '{"k": \'v\'}',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      const { template, values } = maskParts(parts.join(' '));
      expect(template).toBe(maskMessage(parts.join(' ')));
      expect(values.length).toBeLessThanOrEqual(template.split('<*>').length - 1);
      expect(values.join(' ')).not.toContain('<*>');
    }),
  );
  expect(maskParts(`'${'a'.repeat(300)}'`).values[0]).toHaveLength(64);
});

test('a secret stands in no value and in no template', () => {
  const { template, values } = toFailure({
    kind: 'tool.call',
    place: 'http',
    fault: {
      code: undefined,
      class: undefined,
      message: 'key sk-proj-abcdefghijklmnopqrst for password=abcdef is wrong',
    },
    finishReason: undefined,
    seq: 1,
  });
  expect(template).toBe('key <*> for password=<*> is wrong');
  expect(values).toEqual(['[redacted]', '[redacted]']);
});
