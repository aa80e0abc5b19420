/** The alerts about measurements that do not arrive, against histories of totals, judged by `promtool test rules`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAY, droppedPoints, growing, lostBatches, mergedPoints, ONE, sessions } from './alert-histories.ts';
import { alertRules, assertAlerts, type Scenario } from './alert-scenario.ts';

describe('FabMetricsAbsent', () => {
  const alert = 'FabMetricsAbsent';

  test.each([
    ['stale', 10],
    // Nobody says that they are gone: Prometheus looks back for 5 minutes.
    ['absent', 15],
  ] as const)('fires when all totals are %s, after %i minutes, and ends when they are back', (gone, wait) => {
    assertAlerts({
      series: {
        [sessions()]: [
          [0, 7],
          [100, gone],
          [200, 0],
        ],
      },
      firing: {
        [alert]: { [99 + wait]: [], [100 + wait]: [ONE], 199: [ONE], 200: [] },
      },
    });
  });

  test('fires for the one shard of two that is gone', () => {
    const shard = (name: string): string => sessions().replace('cluster=', `shard="${name}",cluster=`);
    assertAlerts({
      series: {
        [shard('0')]: [[0, 7]],
        [shard('1')]: [
          [0, 5],
          [100, 'stale'],
          [200, 0],
        ],
      },
      firing: { [alert]: { 109: [], 110: [{ ...ONE, shard: '1' }], 199: [{ ...ONE, shard: '1' }], 200: [] } },
    });
  });

  test('says which cluster is missing, and nothing of one that never was', () => {
    assertAlerts({
      series: {
        [sessions('one')]: [
          [0, 7],
          [100, 'stale'],
        ],
        [sessions('two')]: [[0, 7]],
      },
      firing: { [alert]: { 120: [ONE] } },
    });
  });

  test('says nothing where there never was anything', () => {
    assertAlerts({ series: { up: [[0, 1]] }, neverFiring: [alert], untilMinute: DAY });
  });

  test('gives a gateway that was removed up after a day', () => {
    assertAlerts({
      series: {
        [sessions()]: [
          [0, 7],
          [100, 'stale'],
        ],
      },
      firing: { [alert]: { [99 + DAY]: [ONE], [101 + DAY]: [] } },
    });
  });
});

describe('FabLostBatches', () => {
  const alert = 'FabLostBatches';

  test('fires at once with the reason, and ends after an hour', () => {
    assertAlerts({
      series: { [lostBatches('expired')]: growing(2, [100]), [lostBatches('rejected')]: growing(1, []) },
      firing: {
        [alert]: {
          99: [],
          100: [{ ...ONE, reason: 'expired' }],
          159: [{ ...ONE, reason: 'expired' }],
          161: [],
        },
      },
    });
  });
});

describe('FabRefusedPoints', () => {
  const alert = 'FabRefusedPoints';

  test('fires at once with the reason and the program, and ends after an hour', () => {
    const nan = [{ ...ONE, reason: 'not_a_number', service: 'fab' }];
    assertAlerts({
      series: { [droppedPoints('not_a_number')]: growing(2, [100]) },
      firing: { [alert]: { 99: [], 100: nan, 159: nan, 161: [] } },
    });
  });

  test('says that it is the limit of series', () => {
    const limit = [{ ...ONE, reason: 'series limit' }];
    assertAlerts({
      series: { [mergedPoints('limit')]: growing(7, [100]) },
      firing: { [alert]: { 99: [], 100: limit, 159: limit, 161: [] } },
    });
  });

  test('sees the first refusal of a gateway, which begins its series', () => {
    const limit = { ...ONE, reason: 'series limit' };
    const nan = { ...ONE, reason: 'not_a_number', service: 'fab' };
    assertAlerts({
      series: {
        [mergedPoints('limit')]: [
          [0, 'absent'],
          [100, 7],
        ],
        [droppedPoints('not_a_number')]: [
          [0, 'absent'],
          [130, 1],
        ],
      },
      firing: {
        [alert]: { 99: [], 100: [limit], 140: [limit, nan], 159: [limit, nan], 161: [nan], 191: [] },
      },
    });
  });

  test('an old refusal is no news after a time without samples', () => {
    assertAlerts({
      series: {
        [mergedPoints('limit')]: [
          [0, 7],
          [60, 'absent'],
          [70, 7],
        ],
      },
      // What is there from the beginning is news for an hour.
      firing: { [alert]: { 75: [], 100: [], 120: [], 127: [], 131: [], 180: [] } },
    });
  });

  test('what came twice is not refused', () => {
    assertAlerts({
      series: {
        [mergedPoints('delta.ErrOutOfOrder')]: growing(9, [100]),
        [mergedPoints()]: growing(9, [100]),
      },
      neverFiring: [alert],
      untilMinute: 300,
    });
  });

  test('what another Collector of the workspace refuses is not ours', () => {
    const platform = { job: 'otel-gateway' };
    assertAlerts({
      series: {
        [droppedPoints('negative', platform)]: growing(9, [100]),
        [mergedPoints('limit', platform)]: growing(9, [100]),
      },
      neverFiring: [alert],
      untilMinute: 300,
    });
  });

  test('more than before at the first scrape after a restart is a refusal, exactly as much looks like none', () => {
    const restarted = (value: number): Scenario['series'] => ({
      [mergedPoints('limit')]: [
        [0, 7],
        [200, 'stale'],
        [201, value],
      ],
    });
    const limit = [{ ...ONE, reason: 'series limit' }];
    assertAlerts({ series: restarted(8), firing: { [alert]: { 199: [], 201: limit, 259: limit, 262: [] } } });
    assertAlerts({
      series: restarted(7),
      firing: { [alert]: { 199: [], 201: [], 230: [], 261: [], 322: [] } },
    });
  });

  test('a refusal after a gateway restart is one', () => {
    const limit = [{ ...ONE, reason: 'series limit' }];
    assertAlerts({
      series: {
        [mergedPoints('limit')]: [
          [0, 7],
          [200, 'stale'],
          [210, 3],
        ],
      },
      firing: { [alert]: { 199: [], 209: [], 210: limit, 260: limit } },
    });
  });
});

test('every alert of the group has a history here or in a file beside this one', () => {
  const scenarios = readdirSync(import.meta.dirname)
    .filter((name) => /^alert-.+\.e2e\.ts$/.test(name))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n');
  const titles = alertRules().map(({ alert }) => alert);
  expect(titles.length).toBeGreaterThan(9);
  expect(titles.filter((title) => !scenarios.includes(`'${title}'`))).toEqual([]);
});
