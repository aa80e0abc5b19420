/** A delta counts whatever its program's clock says; what is not to be believed is dated when it is merged, and said. */
import { GATEWAY_METRICS } from '@ephemetry/contract';
import { expect, test } from 'vitest';
import { batchOf, counterOf, gaugeOf, histogramOf, pointNow } from '../support/hostile-requests.ts';
import { showsRefused, showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';

const DAY_MS = 86_400_000;
const RUNS = 20;

/** The batch of a run whose clock is so many days off: a counter, a histogram and a gauge. */
function batchAt(days: number, run: number): string {
  const nano = `${Date.now() + days * DAY_MS + run}000000`;
  const times = { startTimeUnixNano: nano, timeUnixNano: nano };
  const seconds = { count: '1', sum: 2, explicitBounds: [5], bucketCounts: ['1', '0'] };
  return batchOf(
    `clock-${days}-${run}`,
    [
      counterOf('dated_total', pointNow({ asInt: '3', ...times })),
      histogramOf('dated_seconds', pointNow({ ...seconds, ...times })),
      gaugeOf('dated_depth', pointNow({ asInt: '9', ...times })),
    ],
    { 'service.name': `clock${days < 0 ? '-behind' : '-ahead'}` },
  );
}

test('clocks that are eight days behind or ahead change no total, and are counted as restamped by program', async (t) => {
  const gateway = await startLaptopGateway(t);
  const bodies = [-8, 8].flatMap((days) => Array.from({ length: RUNS }, (_, run) => batchAt(days, run)));
  await postAll(gateway.endpoint, bodies, 8);
  await showsTotal(gateway, 'dated_total', 2 * RUNS * 3);
  await showsTotal(gateway, 'dated_seconds_sum', 2 * RUNS * 2);
  const restamped = async (): Promise<object> =>
    Object.fromEntries(
      (await gateway.totals())
        .filter(({ name }) => name === GATEWAY_METRICS.restampedPoints.name)
        .map(({ labels, value }) => [labels['service'], value]),
    );
  await expect.poll(restamped).toEqual({ 'clock-behind': 40, 'clock-ahead': 40 });
  // A gauge so dated would hide all later values, or be hidden.
  await showsRefused(gateway, 'untimed', 2 * RUNS);
  expect((await gateway.totals()).filter(({ name }) => name === 'dated_depth')).toEqual([]);
  // What comes again is still known, by the times that it came with.
  await postAll(gateway.endpoint, bodies, 8);
  await gateway.merged();
  await showsTotal(gateway, 'dated_total', 2 * RUNS * 3);
});

test('a clock that is six days behind or nine minutes ahead is believed', async (t) => {
  const gateway = await startLaptopGateway(t);
  await postAll(gateway.endpoint, [batchAt(-6, 0), batchAt(9 / 1440, 0)], 1);
  await showsTotal(gateway, 'dated_total', 6);
  const { name } = GATEWAY_METRICS.restampedPoints;
  // Shown a second after the points, if at all: a later refusal is the sign that a second has passed.
  await postAll(gateway.endpoint, [batchOf('sign', [counterOf('', pointNow({ asInt: '1' }))])], 1);
  await showsRefused(gateway, 'oversized', 1);
  expect((await gateway.totals()).filter((sample) => sample.name === name)).toEqual([]);
});
