import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BurnRate, burnRateFault, DEFAULT_BURN_RATES, errorBudget } from './burn-rate.ts';

const RATE: BurnRate = { factor: 14.4, long: '1h', short: '5m', for: '2m', urgency: 'page' };

describe('a factor that the objective cannot reach', () => {
  test('is refused exactly when everything failing burns no faster', () => {
    const factors = fc.double({ min: 1.001, max: 1e4, noNaN: true });
    const objectives = fc.double({ min: 0.0001, max: 0.9999, noNaN: true });
    fc.assert(
      fc.property(factors, objectives, (factor, objective) => {
        const highest = 1 / (1 - objective);
        // What floating point cannot tell apart is tested by itself below.
        fc.pre(Math.abs(highest / factor - 1) > 1e-8);
        expect(burnRateFault({ ...RATE, factor }, objective) !== undefined).toBe(highest <= factor);
      }),
    );
  });

  test('is refused at the very boundary, where all must fail and still it is not exceeded', () => {
    const factors = fc.double({ min: 1.001, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(factors, (factor) => {
        expect(burnRateFault({ ...RATE, factor }, 1 - 1 / factor)).toMatch(/can never fire/);
      }),
    );
  });

  test.each([14.4, 6, 3, 2])('%d has a clear boundary', (factor) => {
    const boundary = 1 - 1 / factor;
    expect(burnRateFault({ ...RATE, factor }, boundary - 0.0001)).toMatch(/can never fire/);
    expect(burnRateFault({ ...RATE, factor }, boundary + 0.0001)).toBeUndefined();
  });

  test('is refused with the arithmetic, and with what to set', () => {
    expect(burnRateFault(RATE, 0.9)).toBe(
      'objective 0.9 leaves an error budget of 0.1: when everything fails it burns at 1 / 0.1 = 10, so the alert at 14.4 can never fire. ' +
        'A factor of 14.4 needs an objective above 1 - 1 / 14.4 = 0.9306. ' +
        'Set objective (--objective) above that, or leave the factor out of burnRates.',
    );
  });
});

describe('windows', () => {
  test.each(['5m', '10m', '4m', '181s'])('refuses `for: %s` in a short window of 5m', (wait) => {
    expect(burnRateFault({ ...RATE, for: wait }, 0.95)).toBe(
      `burnRates: factor 14.4 for ${wait} in a short window of 5m could never fire on a single run, which leaves that window after 5m; allowed: a "for" at least 2 minutes shorter`,
    );
  });

  test('allows what leaves a scrape and an evaluation of the short window', () => {
    expect(burnRateFault({ ...RATE, for: '3m' }, 0.95)).toBeUndefined();
  });

  test.each([
    ['factor', { factor: 0 }, 'factor 0 over 1h and 5m; allowed: a factor above 0'],
    ['factor', { factor: Number.NaN }, 'factor NaN over 1h and 5m; allowed: a factor above 0'],
    ['short', { short: '1h' }, 'factor 14.4 over 1h and 1h; allowed:'],
    ['long', { long: 'an hour' }, 'windows an hour and 5m for 2m; allowed: PromQL durations'],
    ['short', { short: '0m' }, 'windows 1h and 0m for 2m; allowed: PromQL durations'],
    ['for', { for: '' }, 'windows 1h and 5m for ; allowed: PromQL durations'],
  ])('refuses a %s that is none: %o', (_, change, message) => {
    expect(burnRateFault({ ...RATE, ...change }, 0.95)).toContain(`burnRates: ${message}`);
  });
});

test('the defaults are within reach of the default objective, and spend what they say', () => {
  const spent = DEFAULT_BURN_RATES.map(({ factor, long }) => [long, factor]);
  expect(DEFAULT_BURN_RATES.map((rate) => burnRateFault(rate, 0.95))).toEqual(spent.map(() => undefined));
  // Shares of 30 days' budget: the SRE workbook's table.
  const hours = { '1h': 1, '6h': 6, '1d': 24, '3d': 72 };
  const share = DEFAULT_BURN_RATES.map(
    ({ factor, long }) => (factor * hours[long as keyof typeof hours]) / 720,
  );
  expect(share).toEqual([0.02, 0.05, 0.1, 0.1].map((value) => expect.closeTo(value, 10)));
});

test('the error budget is what is left, without the dust of floating point', () => {
  expect([0.95, 0.9, 0.99, 0.999].map(errorBudget)).toEqual([0.05, 0.1, 0.01, 0.001]);
});
