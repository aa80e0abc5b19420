/** The alerts about measurements that do not arrive, against histories of totals, judged by `promtool test rules`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  DAY,
  durableQueue,
  every,
  filteredPoints,
  growing,
  lostBatches,
  mergedPoints,
  ONE,
  receivedPoints,
  sessions,
} from './alert-histories.ts';
import { alertRules, assertAlerts, type Change, type Scenario } from './alert-scenario.ts';

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

  test('a restart of a few minutes raises nothing', () => {
    assertAlerts({
      series: {
        [sessions()]: [
          [0, 7],
          [100, 'stale'],
          [108, 0],
          [109, 7],
        ],
      },
      neverFiring: [alert],
      untilMinute: 300,
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

  test('a gateway restart is no loss', () => {
    assertAlerts({
      series: {
        [lostBatches('expired')]: [
          [0, 5],
          [100, 'stale'],
          [103, 0],
        ],
      },
      neverFiring: [alert],
      untilMinute: 300,
    });
  });
});

describe('FabRefusedPoints', () => {
  const alert = 'FabRefusedPoints';

  test('fires at once with the filter, and ends after an hour', () => {
    const nan = [{ ...ONE, filter: 'filter/not_a_number' }];
    assertAlerts({
      series: { [filteredPoints('filter/not_a_number')]: growing(2, [100]) },
      firing: { [alert]: { 99: [], 100: nan, 159: nan, 161: [] } },
    });
  });

  test('says that it is the limit of series', () => {
    const limit = [{ ...ONE, filter: 'series limit' }];
    assertAlerts({
      series: { [mergedPoints('limit')]: growing(7, [100]) },
      firing: { [alert]: { 99: [], 100: limit, 159: limit, 161: [] } },
    });
  });

  test('sees the first refusal of a gateway, which begins its series', () => {
    const limit = { ...ONE, filter: 'series limit' };
    const nan = { ...ONE, filter: 'filter/not_a_number' };
    assertAlerts({
      series: {
        [mergedPoints('limit')]: [
          [0, 'absent'],
          [100, 7],
        ],
        [filteredPoints('filter/not_a_number')]: [
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

  test('what only sorts, and what came twice, is not refused', () => {
    assertAlerts({
      series: {
        [filteredPoints('filter/totals')]: growing(90, [100]),
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
        [filteredPoints('filter/negative', platform)]: growing(9, [100]),
        [mergedPoints('limit', platform)]: growing(9, [100]),
      },
      neverFiring: [alert],
      untilMinute: 300,
    });
  });

  test('a gateway restart is no refusal', () => {
    assertAlerts({
      series: {
        [mergedPoints('limit')]: [
          [0, 7],
          [200, 'stale'],
        ],
        [filteredPoints('filter/cumulative')]: [
          [0, 5],
          [200, 'stale'],
          [203, 0],
        ],
      },
      // What is there from the beginning is news for an hour.
      firing: { [alert]: { 100: [], 200: [], 203: [], 204: [], 260: [], 264: [], 300: [] } },
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
    const limit = [{ ...ONE, filter: 'series limit' }];
    assertAlerts({ series: restarted(8), firing: { [alert]: { 199: [], 201: limit, 259: limit, 262: [] } } });
    assertAlerts({
      series: restarted(7),
      firing: { [alert]: { 199: [], 201: [], 230: [], 261: [], 322: [] } },
    });
  });

  test('a refusal after a gateway restart is one', () => {
    const limit = [{ ...ONE, filter: 'series limit' }];
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

describe('FabGatewayRefuses', () => {
  const alert = 'FabGatewayRefuses';
  const refused = receivedPoints('refused');
  const accepted = receivedPoints('accepted');
  const queue = (size: readonly Change[], labels?: Readonly<Record<string, string>>): Scenario['series'] => ({
    [durableQueue('size', labels)]: size,
    [durableQueue('capacity', labels)]: [[0, 1_000]],
  });

  test('fires after 15 minutes of refusals, and ends an hour after the last while nothing is taken', () => {
    assertAlerts({
      series: { [refused]: growing(9, every(4, 100, 161)) },
      firing: { [alert]: { 114: [], 115: [ONE], 219: [ONE], 221: [], 300: [] } },
    });
  });

  test('fires after 15 minutes of refusals although some batches are taken, and ends 5 after the last', () => {
    assertAlerts({
      series: { [accepted]: growing(7, every(1, 1, 300)), [refused]: growing(9, every(4, 100, 161)) },
      firing: { [alert]: { 114: [], 115: [ONE], 164: [ONE], 166: [], 300: [] } },
    });
  });

  test('fires when the first thing that the gateway ever answers is a refusal', () => {
    const since100: readonly Change[] = growing(9, every(1, 100, 120)).slice(1);
    assertAlerts({
      series: { [refused]: [[0, 'absent'], ...since100] },
      firing: { [alert]: { 114: [], 115: [ONE], 178: [ONE], 180: [] } },
    });
  });

  test.each([
    ['one', [100]],
    ['several within 10 minutes', every(1, 100, 110)],
    ['one each hour, while others are taken between', every(60, 100, 1_000)],
  ])('refusals that are over raise nothing: %s', (_, minutes) => {
    assertAlerts({
      series: { [refused]: growing(9, minutes), [accepted]: growing(7, every(60, 10, 1_200)) },
      neverFiring: [alert],
      untilMinute: 1_200,
    });
  });

  test.each([
    [
      'one',
      [
        [0, 0],
        [100, 9],
      ],
    ],
    [
      'one that begins its series',
      [
        [0, 'absent'],
        [100, 9],
      ],
    ],
    ['several within 10 minutes', growing(9, every(1, 100, 110))],
    ['two that are 7 hours apart', growing(9, [100, 520])],
  ] satisfies readonly (readonly [string, readonly Change[]])[])(
    'refusals raise nothing by themselves where nothing else is sent: %s',
    (_, changes) => {
      assertAlerts({ series: { [refused]: changes }, neverFiring: [alert], untilMinute: 1_000 });
    },
  );

  test('fires at the second of two refusals hours apart, when nothing was taken for 6 hours', () => {
    assertAlerts({
      series: { [accepted]: growing(7, [10, 700]), [refused]: growing(9, [300, 500]) },
      firing: { [alert]: { 400: [], 514: [], 515: [ONE], 559: [ONE], 561: [], 700: [] } },
    });
    // The same, but something was taken 4 hours before the second.
    assertAlerts({
      series: { [accepted]: growing(7, [10, 260]), [refused]: growing(9, [300, 500]) },
      neverFiring: [alert],
      untilMinute: 1_000,
    });
  });

  test('ends when something is taken again', () => {
    assertAlerts({
      series: { [accepted]: growing(7, [520]), [refused]: growing(9, [300, 500]) },
      firing: { [alert]: { 519: [ONE], 521: [] } },
    });
  });

  test('a gateway restart is no refusal, and neither is a time without samples', () => {
    const before: readonly Change[] = [[0, 50]];
    for (const after of [
      [
        [200, 'stale'],
        [203, 0],
      ],
      [
        [200, 'stale'],
        [203, 3],
      ],
      [
        [200, 'stale'],
        [260, 50],
      ],
      [
        [200, 'absent'],
        [230, 50],
      ],
      [
        [200, 'absent'],
        [300, 50],
      ],
    ] satisfies readonly (readonly Change[])[]) {
      assertAlerts({
        series: { [refused]: [...before, ...after] },
        neverFiring: [alert],
        untilMinute: 1_000,
      });
    }
  });

  test('a gateway that refuses goes on after a restart', () => {
    const again = every(1, 121, 160).map((minute): Change => [minute, minute - 120]);
    assertAlerts({
      series: { [refused]: [...growing(9, every(1, 100, 119)), [119, 'stale'], ...again] },
      firing: { [alert]: { 114: [], 115: [ONE], 120: [ONE], 125: [ONE], 218: [ONE], 220: [] } },
    });
  });

  test('fires 15 minutes after the durable queue is more than half full, and ends when it is not', () => {
    assertAlerts({
      series: queue([
        [0, 500],
        [100, 501],
        [200, 500],
      ]),
      firing: { [alert]: { 99: [], 114: [], 115: [ONE], 199: [ONE], 200: [] } },
    });
  });

  test('a queue that is full for some minutes raises nothing', () => {
    assertAlerts({
      series: queue([
        [0, 0],
        [100, 1_000],
        [114, 400],
      ]),
      neverFiring: [alert],
      untilMinute: 300,
    });
  });

  test('goes on as one when the queue is full and refuses', () => {
    assertAlerts({
      series: {
        ...queue([
          [0, 0],
          [100, 600],
        ]),
        [refused]: growing(9, every(1, 110, 140)),
      },
      firing: { [alert]: { 114: [], 115: [ONE], 130: [ONE], 160: [ONE] } },
    });
  });

  test('names the one shard of two that refuses, while the other takes', () => {
    const [zero, one] = [{ shard: '0' }, { shard: '1' }];
    assertAlerts({
      series: {
        ...queue([[0, 10]], zero),
        ...queue([[0, 10]], one),
        [receivedPoints('accepted', zero)]: growing(7, every(30, 1, 600)),
        [receivedPoints('refused', one)]: growing(9, every(40, 100, 500)),
      },
      firing: {
        [alert]: { 159: [], 175: [{ ...ONE, ...one }], 300: [{ ...ONE, ...one }], 480: [{ ...ONE, ...one }] },
      },
    });
  });

  test('says nothing of what the gateway cannot send to itself, and of another Collector', () => {
    const platform = { job: 'otel-gateway' };
    assertAlerts({
      series: {
        [receivedPoints('refused', { receiver: 'prometheus/forward' })]: growing(9, every(1, 1, 300)),
        [receivedPoints('refused', platform)]: growing(9, every(1, 1, 300)),
        [durableQueue('size', { exporter: 'prometheus_remote_write/amp' })]: [[0, 240]],
        [durableQueue('capacity', { exporter: 'prometheus_remote_write/amp' })]: [[0, 240]],
        ...queue([[0, 1_000]], platform),
      },
      neverFiring: [alert],
      untilMinute: 300,
    });
  });

  test('what another Collector takes does not hide that the gateway refuses', () => {
    assertAlerts({
      series: {
        [receivedPoints('accepted', { job: 'otel-gateway' })]: growing(7, every(1, 1, 600)),
        [refused]: growing(9, [300, 500]),
      },
      firing: { [alert]: { 515: [ONE] } },
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
