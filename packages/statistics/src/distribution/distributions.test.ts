/** Held against published tables and against each other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalUpperQuantile, normalUpperTail } from './normal.ts';
import { studentUpperQuantile, studentUpperTail } from './student.ts';

test.each([
  [0, 0.5],
  [1, 0.158655253931457],
  [1.959963984540054, 0.025],
  [3, 0.00134989803163009],
  [6, 9.86587645037698e-10],
  [-1, 0.841344746068543],
  [12, 1.77648211207768e-33],
])('above %d lies the share %d of the normal distribution', (z, share) => {
  expect(normalUpperTail(z) / share).toBeCloseTo(1, 11);
});

test('the quantile undoes the tail, also far out', () => {
  fc.assert(
    fc.property(fc.double({ min: -6, max: 12, noNaN: true }), (z) => {
      expect(normalUpperQuantile(normalUpperTail(z))).toBeCloseTo(z, 6);
    }),
  );
});

test.each([0, 1, Number.NaN])('a quantile of the share %d is refused', (p) => {
  expect(() => normalUpperQuantile(p)).toThrow('it must be between 0 and 1');
});

// The table of critical values that every textbook has.
test.each([
  [1, 0.05, 6.314],
  [1, 0.025, 12.706],
  [2, 0.025, 4.303],
  [3, 0.05, 2.353],
  [5, 0.025, 2.571],
  [8, 0.01, 2.896],
  [12, 0.025, 2.179],
  [13, 0.005, 3.012],
  [30, 0.05, 1.697],
  [120, 0.025, 1.98],
])('with %d degrees of freedom %d lies above %d', (df, p, t) => {
  expect(studentUpperQuantile(p, df)).toBeCloseTo(t, 3);
  expect(studentUpperTail(studentUpperQuantile(p, df), df)).toBeCloseTo(p, 12);
  expect(studentUpperTail(-t, df)).toBeCloseTo(1 - studentUpperTail(t, df), 12);
});

test('many degrees of freedom are the normal distribution', () => {
  for (const t of [0.5, 2, 3]) expect(studentUpperTail(t, 4001)).toBeCloseTo(normalUpperTail(t), 3);
});
