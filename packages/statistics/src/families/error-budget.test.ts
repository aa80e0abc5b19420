import fc from 'fast-check';
import { expect, test } from 'vitest';
import { benjaminiHochberg, shareBudget } from './error-budget.ts';

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

test('the 15 p-values of Benjamini and Hochberg (1995), section 3.2: four are found at 0.05', () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  expect(benjaminiHochberg(p).filter((each) => each <= 0.05)).toHaveLength(4);
});

test('what is found is what the step-up procedure finds', () => {
  fc.assert(
    fc.property(pValues, fc.double({ min: 0.001, max: 0.3, noNaN: true }), (p, level) => {
      const sorted = p.toSorted((left, right) => left - right);
      const last = sorted.findLastIndex((each, index) => each <= (level * (index + 1)) / p.length);
      const expected = p.filter((each) => last >= 0 && each <= (sorted[last] ?? 0)).length;
      // The two roads round differently where a value lies on its step.
      const isOnStep = sorted.some(
        (each, index) => Math.abs(each - (level * (index + 1)) / p.length) < 1e-12,
      );
      if (!isOnStep) expect(benjaminiHochberg(p).filter((each) => each <= level)).toHaveLength(expected);
    }),
  );
});

test('shares add up to the budget as long as one family has a test', () => {
  const families = fc.array(
    fc.record({ share: fc.double({ min: 0.01, max: 1, noNaN: true }), tests: fc.nat(3) }),
  );
  fc.assert(
    fc.property(families, (given) => {
      const sum = shareBudget(0.05, given).reduce((total, each) => total + each, 0);
      expect(sum).toBeCloseTo(given.some(({ tests }) => tests > 0) ? 0.05 : 0, 10);
    }),
  );
});
