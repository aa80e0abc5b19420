/** The alert about a gateway that runs and does not work, against histories of its own metrics, judged by `promtool test rules`. */
import { GATEWAY_METRICS, GATEWAY_QUEUES } from '@ephemetry/contract';
import { describe, test } from 'vitest';
import { durableQueue, every, growing, ONE, ownMetric } from './alert-histories.ts';
import { assertAlerts, type Change } from './alert-scenario.ts';

const alert = 'FabGatewayStuck';
const queue = durableQueue('size');
const merged = ownMetric(GATEWAY_METRICS.sentPoints, { exporter: GATEWAY_QUEUES.durable });
const totals = ownMetric({ ...GATEWAY_METRICS.up, job: 'ephemetry-totals' }, {});
const OTHER_PAGES = ['ephemetry-histograms', 'ephemetry-results', 'ephemetry-readings'];
/** The same metric of the gateway's own page, which can be read all along. */
const own = ownMetric({ ...GATEWAY_METRICS.up, job: 'ephemetry-gateway' }, {});
const memory = ownMetric(GATEWAY_METRICS.residentMemory, {});
const uptime = ownMetric(GATEWAY_METRICS.uptime, {});
const MIB = 2 ** 20;

function firing(reason: string): readonly Readonly<Record<string, string>>[] {
  return [{ ...ONE, reason }];
}

describe('FabGatewayStuck', () => {
  test('fires within five minutes of a batch that holds up all others, and ends when they go on', () => {
    assertAlerts({
      series: {
        [queue]: [
          [0, 0],
          [100, 5_000],
          [130, 0],
        ],
        [merged]: growing(7, [...every(1, 1, 100), ...every(1, 130, 200)]),
      },
      firing: { [alert]: { 100: [], 105: firing('queue'), 129: firing('queue'), 131: [], 200: [] } },
    });
  });

  test('fires when nothing ever left the queue', () => {
    assertAlerts({
      series: {
        [queue]: [
          [0, 'absent'],
          [100, 5_000],
        ],
      },
      firing: { [alert]: { 101: [], 105: firing('queue') } },
    });
  });

  test('a queue that is never empty and moves raises nothing', () => {
    assertAlerts({
      series: { [queue]: [[0, 5_000]], [merged]: growing(7, every(1, 1, 200)) },
      neverFiring: [alert],
      untilMinute: 200,
    });
  });

  test('fires within five minutes of a page of totals that cannot be read', () => {
    const up: readonly Change[] = [
      [0, 1],
      [100, 0],
      [120, 1],
    ];
    assertAlerts({
      series: { [totals]: up, [own]: [[0, 1]] },
      firing: { [alert]: { 100: [], 105: firing('scrape'), 121: [] } },
    });
  });

  test.for(OTHER_PAGES)('fires for the page %s as well', (job) => {
    const page = ownMetric({ ...GATEWAY_METRICS.up, job }, {});
    assertAlerts({
      series: {
        [totals]: [[0, 1]],
        [page]: [
          [0, 1],
          [100, 0],
        ],
      },
      firing: { [alert]: { 100: [], 105: firing('scrape') } },
    });
  });

  test('fires within five minutes of memory near the container’s limit', () => {
    const resident: readonly Change[] = [
      [0, 1_200 * MIB],
      [100, 3_600 * MIB],
      [101, 1_000 * MIB],
    ];
    assertAlerts({
      series: { [memory]: resident },
      firing: { [alert]: { 99: [], 102: firing('memory'), 110: [] } },
    });
  });

  test('fires after two restarts within ten minutes, and not after one', () => {
    const restarts = (minutes: readonly number[]): readonly Change[] => [
      [0, 6_000],
      ...minutes.flatMap((minute): readonly Change[] => [
        [minute, 10],
        [minute + 1, 70],
      ]),
    ];
    assertAlerts({
      series: { [uptime]: restarts([100, 104]) },
      firing: { [alert]: { 103: [], 106: firing('restarts'), 116: [] } },
    });
    assertAlerts({ series: { [uptime]: restarts([100]) }, neverFiring: [alert], untilMinute: 200 });
  });
});
