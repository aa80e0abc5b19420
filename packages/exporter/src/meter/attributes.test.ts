import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attributesKey, keepValidAttributes } from './attributes.ts';

test('keeps strings, booleans, finite numbers and lists of one of them', () => {
  const attributes = {
    a: '',
    b: false,
    c: -0.5,
    d: ['x', null, undefined, 'y'],
    e: [],
    f: [1, 2],
    g: 2 ** 62,
  };
  expect(keepValidAttributes(attributes)).toEqual({ kept: attributes, dropped: 0 });
});

test('drops and counts the rest; undefined is no attribute', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const attributes: Attributes = Object.fromEntries<never>([
    ['a', undefined],
    ['b', null],
    ['c', Number.NaN],
    ['d', Number.POSITIVE_INFINITY],
    ['e', Symbol('s')],
    ['f', { nested: true }],
    ['g', ['x', 1]],
    ['h', cyclic],
    ['i', 10n],
    // No int64: a Collector would refuse the whole batch.
    ['j', 2 ** 63],
    ['', 'no name'],
    ['k', 'kept'],
  ] as [string, never][]);
  expect(keepValidAttributes(attributes)).toEqual({ kept: { k: 'kept' }, dropped: 10 });
});

test('a copy: a list changed afterwards changes nothing', () => {
  const list = ['a'];
  const { kept } = keepValidAttributes({ list });
  list.push('b');
  expect(kept).toEqual({ list: ['a'] });
});

test('__proto__ is a name like any other', () => {
  const { kept } = keepValidAttributes(JSON.parse('{"__proto__":"x"}'));
  expect(Object.entries(kept)).toEqual([['__proto__', 'x']]);
});

const text = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('a\u0001sb\u0002', '\u0002', '"],["', ',', '='),
);
const sets = fc.dictionary(
  text,
  fc.oneof(text, fc.integer({ max: 3, min: 0 }), fc.boolean(), fc.array(text, { maxLength: 2 })),
  {
    maxKeys: 3,
  },
);

test('two sets share a key exactly when they are equal', () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const reversed = Object.fromEntries(Object.entries(a).reverse());
      expect(attributesKey(reversed)).toBe(attributesKey(a));
      const isEqual = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
      expect(attributesKey(a) === attributesKey(b)).toBe(isEqual);
    }),
  );
});
