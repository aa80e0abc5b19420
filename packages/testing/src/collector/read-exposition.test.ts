import { expect, test } from 'vitest';
import { readExposition } from './read-exposition.ts';

test('reads labels, escapes and special values', () => {
  const page = '# HELP a b\na_total 3\nb{x="1",y="a\\"b\\\\c\\nd"} +Inf 1700000000000\nc{} NaN\n';
  expect(readExposition(page)).toEqual([
    { name: 'a_total', labels: {}, value: 3 },
    { name: 'b', labels: { x: '1', y: 'a"b\\c\nd' }, value: Number.POSITIVE_INFINITY },
    { name: 'c', labels: {}, value: Number.NaN },
  ]);
});

test('refuses what is no page', () => {
  expect(() => readExposition('<html>')).toThrow('not a sample: <html>');
});
