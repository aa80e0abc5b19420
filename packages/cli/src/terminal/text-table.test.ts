import { expect, it } from 'vitest';
import { textTable } from './text-table.ts';

const COLUMNS = [
  { title: 'SERIES', align: 'left' },
  { title: 'TOTAL', align: 'right' },
] as const;

it('is aligned', () => {
  expect(
    textTable(COLUMNS, [
      ['a', '10'],
      ['bcdefgh', '7'],
    ]),
  ).toEqual(['SERIES   TOTAL', 'a           10', 'bcdefgh      7']);
});

it('has as many rows as there are series', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`series ${index}`, String(index)]);
  expect(textTable(COLUMNS, rows)).toHaveLength(200_001);
});

it('one long cell does not make every line as long', () => {
  const [, long = '', short = ''] = textTable(COLUMNS, [
    ['x'.repeat(10_000), '1'],
    ['y', '1'],
  ]);
  expect(long.length).toBeGreaterThan(10_000);
  expect(short.length).toBeLessThan(200);
});
