/** The gateway with VictoriaMetrics behind it: the same totals as over Prometheus. */
import { waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import {
  batchOf,
  counterOf,
  histogramOf,
  pointNow,
  postProtobuf,
  smallestPoints,
} from '../support/hostile-requests.ts';
import { postAll } from '../support/post.ts';
import { addsUpEveryCase, countsOverlappingRuns } from '../support/same-totals.ts';
import { startVictoriaStack, totalOf } from '../support/victoria-stack.ts';

const RUNS = Number(process.env['E2E_RUNS'] ?? 300);

test('counts every measurement of overlapping runs once in VictoriaMetrics, a tenth of the batches sent twice', async (t) => {
  await countsOverlappingRuns(t, await startVictoriaStack(t), RUNS);
}, 600_000);

test('what programs send is added up, whatever they call and how often they send it', async (t) => {
  await addsUpEveryCase(await startVictoriaStack(t));
});

test('a delta counts whatever its program’s clock says: out of a week behind and 10 minutes ahead it is dated now', async (t) => {
  const stack = await startVictoriaStack(t);
  const startedAt = Date.now();
  const day = 86_400_000;
  const times = [startedAt - 400 * day, startedAt - 8 * day, startedAt + day, startedAt + 4_000 * day];
  const bodies = [...times, startedAt - 6 * day].map((unixMs, run) => {
    const nano = `${unixMs}000000`;
    const point = { startTimeUnixNano: nano, timeUnixNano: nano, asInt: '1' };
    return batchOf(`clock-${run}`, [counterOf('clocked_total', point)], { 'service.name': 'clocked' });
  });
  await postAll(stack.gateway.endpoint, bodies, 4);
  await stack.settled();
  expect(await totalOf(stack, 'clocked_total', '1h')).toBe(times.length);
  expect(await totalOf(stack, 'clocked_total', '7d')).toBe(times.length + 1);
});

test('a request of 4 MiB of the smallest points counts whole, though its identities are larger than itself', async (t) => {
  const stack = await startVictoriaStack(t);
  const points = 144_000;
  const answer = await postProtobuf(stack.gateway.endpoint, smallestPoints(points, 'small_total'));
  expect(answer.status).toBe(200);
  await stack.settled();
  expect(await totalOf(stack, 'small_total', '1h')).toBe(points);
}, 120_000);

test('deltas of one series and second add up, whichever way they come: together, apart, hours late, from a second start', async (t) => {
  const stack = await startVictoriaStack(t);
  const measuredAt = Date.now();
  const delta = (run: string, unixMs: number): string => {
    const nano = `${unixMs}000000`;
    const times = { startTimeUnixNano: nano, timeUnixNano: nano };
    const counter = counterOf('added_total', { ...times, asDouble: 0.25 });
    const bounds = { explicitBounds: [1], bucketCounts: ['1', '0'], count: '1', sum: 0.25 };
    return batchOf(run, [counter, histogramOf('added_seconds', { ...times, ...bounds })]);
  };
  const send = (round: string): Promise<unknown> => {
    const times = [measuredAt, measuredAt - 3 * 3_600_000, measuredAt - 30 * 3_600_000];
    const runs = Array.from({ length: 40 }, (_, run) => `${round}-${run}`);
    return postAll(
      stack.gateway.endpoint,
      runs.flatMap((run) => times.map((unixMs, late) => delta(`${run}-${late}`, unixMs))),
      8,
    );
  };
  await send('first');
  await stack.settled();
  await send('second');
  await stack.gateway.service.kill('SIGKILL');
  await stack.gateway.start();
  await send('third');
  // What was on its way at the kill comes with the notes, which are read after 2 s.
  const counted = async (): Promise<boolean> => (await totalOf(stack, 'added_seconds_count', '2d')) === 360;
  await waitFor(counted, { what: 'what was noted before the kill', deadlineMs: 30_000 });
  await stack.settled();
  expect(await totalOf(stack, 'added_total', '2d')).toBe(90);
  expect(await totalOf(stack, 'added_seconds_sum', '2d')).toBe(90);
  expect(await totalOf(stack, 'added_seconds_count', '2d')).toBe(360);
}, 120_000);

test('what falls is refused and counted: of two sums the store shows the larger', async (t) => {
  const stack = await startVictoriaStack(t);
  const upDown = {
    ...counterOf('level_total'),
    sum: { aggregationTemporality: 1, dataPoints: [pointNow({ asInt: '-3' })] },
  };
  const bounds = { explicitBounds: [1], bucketCounts: ['1', '0'], count: '1', sum: -2 };
  const body = batchOf('falls', [
    upDown,
    histogramOf('below_seconds', pointNow(bounds)),
    counterOf('kept_total', pointNow({ asInt: '1' })),
  ]);
  await postAll(stack.gateway.endpoint, [body], 1);
  await stack.settled();
  expect(await totalOf(stack, 'kept_total', '1h')).toBe(1);
  const refused = async (): Promise<boolean> =>
    sumOf(await stack.gateway.totals(), 'ephemetry_gateway_refused_points', /^negative$/) === 2;
  await waitFor(refused, { what: 'both to be counted', deadlineMs: 30_000 });
});
