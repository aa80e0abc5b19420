import { expect, test } from 'vitest';
import { canonicalLabels, readLabels } from './labels.ts';

test('gives one string for one label set, whatever the order', () => {
  expect(canonicalLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(canonicalLabels({ a: '1', b: '2' })).toBe('a=1,b=2');
  expect(canonicalLabels({})).toBe('');
});

test('keeps label sets apart whose values hold the separators', () => {
  expect(canonicalLabels({ a: '1,b=2' })).toBe('a=1\\,b\\=2');
});

test('reads every kind of value as text', () => {
  const values = {
    s: { stringValue: 'x' },
    i: { intValue: '7' },
    b: { boolValue: false },
    d: { doubleValue: 0.5 },
  };
  const attributes = Object.entries(values).map(([key, value]) => ({ key, value }));
  expect(readLabels(attributes, 'attributes')).toEqual({ s: 'x', i: '7', b: 'false', d: '0.5' });
  expect(() => readLabels([{ key: 'k', value: {} }], 'attributes')).toThrow(
    'attributes[0].value must be an OTLP AnyValue',
  );
});
