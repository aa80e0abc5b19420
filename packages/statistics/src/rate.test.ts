import { expect, test } from 'vitest';
import { rateOver } from './rate.ts';

const half = { numerator: 1, denominator: 2 };

test.each([
  [0, 50, 'undefined'],
  [49, 50, 'undefined'],
  [50, 50, 'defined'],
  [51, 50, 'defined'],
])('a rate over %d observations of %d that it needs is %s, and says both', (n, minimum, kind) => {
  expect(rateOver(n, minimum, () => half)).toMatchObject({ kind, n, minimum });
});

test('a rate with too few observations computes no value', () => {
  const refuse = (): never => {
    throw new Error('asked for a partial average');
  };
  expect(rateOver(1, 2, refuse)).toEqual({ kind: 'undefined', n: 1, minimum: 2 });
});
