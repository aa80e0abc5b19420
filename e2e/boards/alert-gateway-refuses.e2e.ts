/** The alert about a gateway that refuses what it is sent, against histories of its counters, judged by `promtool test rules`. */
import { describe, test } from 'vitest';
import { durableQueue, every, growing, ONE, receivedPoints } from './alert-histories.ts';
import { assertAlerts, type Change, type Scenario } from './alert-scenario.ts';

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
