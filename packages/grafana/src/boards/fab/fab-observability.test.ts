import { expect, test } from 'vitest';
import type { BurnRate } from '../../engine/alerts/burn-rate.ts';
import { assertUids, fabObservability } from './fab-observability.ts';

const RATE: BurnRate = { factor: 6, long: '6h', short: '30m', for: '15m', urgency: 'page' };

test('refuses a uid that is given twice', () => {
  expect(() => assertUids(['a', 'b', 'a'])).toThrow('uid "a" is given twice');
});

test('refuses two burn rates over the same window: their alerts would be one', () => {
  expect(() => fabObservability({ burnRates: [RATE, { ...RATE, factor: 3 }] })).toThrow(
    'uid "fab-self-eval-burn-6h" is given twice; allowed: each uid once (burnRates: each long window once)',
  );
});

test('refuses a uid that Grafana would refuse, with its length', () => {
  expect(() => assertUids(['u'.repeat(40)])).not.toThrow();
  expect(() => assertUids(['u'.repeat(41)])).toThrow(
    `uid "${'u'.repeat(41)}" has 41 characters; allowed: up to 40 letters, digits, - and _`,
  );
  expect(() => assertUids(['fab overview'])).toThrow(/allowed: up to 40 letters/);
});

test('an objective is written without the dust of floating point', () => {
  const { dashboards, alertGroups } = fabObservability({ objective: 0.901, burnRates: [RATE] });
  const written = JSON.stringify([dashboards, alertGroups]);
  expect(written).toContain('objective is that 90.1 % of it passes');
  expect(written).not.toMatch(/\d\.\d{9,}/);
});

test.each([
  ['the default burn rates', {}],
  ['one burn rate', { burnRates: [RATE] }],
  ['other windows', { burnRates: [{ ...RATE, long: '12h' }] }],
  ['no burn rate', { burnRates: [] }],
])('with %s every alert that a panel links to exists', (_, options) => {
  const { dashboards, alertGroups } = fabObservability(options);
  const alerts = alertGroups.flatMap((group) => group.alerts.map(({ uid }) => uid));
  const linked = dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ alert }) => alert ?? [])),
  );
  expect(linked.length).toBeGreaterThan(0);
  expect(linked.filter((uid) => !alerts.includes(uid))).toEqual([]);
});
