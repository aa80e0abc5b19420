import { join } from 'node:path';
import { FAB_METRICS, fabRoleLabels, MERGE_METRICS } from '@ephemetry/contract';
import { drain, readSpoolStatus } from '@ephemetry/exporter';
import { parseBatches, queryPrometheus, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { batchOf, counterOf, gaugeOf, histogramOf, pointNow } from '../support/hostile-requests.ts';
import { runLoad } from '../support/load.ts';
import { type LossyLink, startLossyLink } from '../support/lossy-link.ts';
import { type PlannedRun, planRuns } from '../support/plan.ts';
import { post } from '../support/post.ts';
import { riseOf } from '../support/rise.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { differences, type SeriesValues, truthOf } from '../support/truth.ts';

const RUNS = 150;
const SESSIONS = /^fab_agent_sessions_total/;

async function startLoad(
  stack: Stack,
  runs: readonly PlannedRun[],
): Promise<{ link: LossyLink; loaded: Promise<void>; spoolDir: string }> {
  const link = await startLossyLink(stack.gateway.endpoint, 0, 1);
  const spoolDir = join(stack.directory, 'spool');
  // Answers arrive within the budget, also on a busy machine.
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  const loaded = runLoad({ runs, endpoint: link.endpoint, spoolDir, atATime: 4, env });
  return { link, loaded, spoolDir };
}

/** Resolves when a restarted gateway has read what the one before it merged. */
function remembers({ gateway }: Stack): Promise<void> {
  const hasRead = async (): Promise<boolean> =>
    sumOf(await gateway.ownMetrics(), 'otelcol_processor_filter_datapoints_filtered', /^filter.seen$/) > 0;
  return waitFor(hasRead, { what: 'the dedupe to remember', deadlineMs: 60_000 });
}

function someDelivered(link: LossyLink, count: number): Promise<void> {
  const what = `${count} batches to be delivered`;
  return waitFor(() => link.bodies.length >= count, { what, deadlineMs: 120_000 });
}

function sessionsIn(series: SeriesValues): number {
  return [...series].filter(([name]) => SESSIONS.test(name)).reduce((sum, [, value]) => sum + value, 0);
}

test('a planned restart during load, in the manifest’s order, loses nothing and shows no spike', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const runs = planRuns(RUNS, 5);
  const { link, loaded, spoolDir } = await startLoad(stack, runs);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  await someDelivered(link, RUNS / 3);
  // The pod leaves the Service's endpoints; preStop outlasts one scrape; SIGTERM; the next pod gets ready.
  link.close();
  await stack.gateway.merged();
  await stack.scraped();
  await stack.gateway.service.stop();
  await stack.gateway.start();
  link.open();
  await loaded;
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  await stack.settled();
  expect(
    differences(await riseOf(stack.prometheus), truthOf(runs.flatMap((run) => run.measurements))),
  ).toEqual([]);
});

test('SIGTERM under load, without the manifest’s order, loses nothing either', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  // Runs of one session each, sent until the gateway says that it has them: hundreds a second, so that some are on their
  // way whenever it is told to stop.
  let runs = 0;
  let isOver = false;
  let isReady = true;
  const sender = async (): Promise<void> => {
    while (!isOver) {
      runs += 1;
      await postUntilTaken(stack.gateway.endpoint, sessionOfRun(runs), () => isReady);
    }
  };
  const senders = Array.from({ length: 8 }, sender);
  // The order in which a Collector stops its parts is up to chance: without the last totals, every second stop lost some.
  for (let stop = 0; stop < 4; stop += 1) {
    const sent = runs;
    await waitFor(() => runs > sent + 500, { what: '500 runs to be sent', deadlineMs: 60_000 });
    await stack.gateway.service.stop();
    isReady = false;
    await stack.gateway.start();
    // The manifest's readiness probe keeps traffic away until then.
    await remembers(stack);
    isReady = true;
  }
  isOver = true;
  await Promise.all(senders);
  await stack.settled();
  console.log(
    `4 stops under load: ${sessionsIn(await riseOf(stack.prometheus))} of ${runs} sessions counted`,
  );
  expect(sessionsIn(await riseOf(stack.prometheus))).toBe(runs);
});

/** Again and again, as a drain does: the same batch, so what was taken twice is counted once. */
async function postUntilTaken(endpoint: string, body: string, isReady: () => boolean): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    if (!isReady()) return false;
    try {
      return (await post(endpoint, body)).status === 200;
    } catch {
      return false;
    }
  };
  await waitFor(isTaken, { what: 'the gateway to take a batch', deadlineMs: 60_000 });
}

function sessionOfRun(run: number): string {
  const attributes = (values: Readonly<Record<string, string>>): readonly object[] =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const sequence = { key: 'ephemetry.batch.sequence', value: { intValue: '1' } };
  const identity = attributes({ 'service.name': 'fab', 'service.instance.id': `run-${run}` });
  const time = { startTimeUnixNano: `${Date.now()}000000`, timeUnixNano: `${Date.now()}000000` };
  const dataPoints = [{ attributes: attributes({ ...fabRoleLabels('product') }), ...time, asInt: '1' }];
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints };
  const metrics = [{ name: FAB_METRICS.agentSessions.name, sum }];
  const resource = { attributes: [...identity, sequence] };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

test('a batch whose answer was lost before a restart and that comes again after it is counted once', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const link = await startLossyLink(stack.gateway.endpoint, 1, 1);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const runs = planRuns(12, 29);
  const spoolDir = join(stack.directory, 'spool');
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runLoad({ runs, endpoint: link.endpoint, spoolDir, atATime: 4, env });
  expect(readSpoolStatus({ spoolDir, env: {} }).batches).toBe(runs.length);
  await stack.gateway.merged();
  await stack.scraped();
  await stack.gateway.service.stop();
  await stack.gateway.start();
  // The manifest's readiness probe keeps traffic away until then.
  await remembers(stack);
  link.heal();
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(link.duplicates()).toBeGreaterThanOrEqual(runs.length);
  await stack.settled();
  expect(
    differences(await riseOf(stack.prometheus), truthOf(runs.flatMap((run) => run.measurements))),
  ).toEqual([]);
});

test('what no catalogue knows keeps its first event after a restart, and a gauge that lasts is shown again', async (t) => {
  const stack = await startStack(t);
  const { gateway, prometheus } = stack;
  const merge = async (run: string, others: readonly object[] = []): Promise<void> => {
    const seconds = { count: '1', sum: 1, explicitBounds: [5], bucketCounts: ['1', '0'] };
    const rare = [
      counterOf('rare_total', pointNow({ asInt: '1' })),
      histogramOf('rare_seconds', pointNow(seconds)),
    ];
    await post(gateway.endpoint, batchOf(run, [...rare, ...others], { 'service.name': 'rare' }));
    await gateway.merged();
    await stack.scraped();
    await stack.scraped();
  };
  const restart = async (end: Promise<void>): Promise<void> => {
    await end;
    await gateway.start();
    // The manifest's readiness probe keeps traffic away until then.
    await remembers(stack);
    await stack.scraped();
    await stack.scraped();
  };
  await merge('one', [gaugeOf(MERGE_METRICS.firstPass.name, pointNow({ asDouble: 0.5 }))]);
  await restart(gateway.service.stop());
  await merge('two');
  await restart(gateway.service.kill('SIGKILL'));
  await merge('three');
  // The first value of all has no 0 before it.
  expect(Object.fromEntries(await riseOf(prometheus, 'rare'))).toMatchObject({
    'rare_total{job="rare"}': 2,
    'rare_seconds_count{histogram_bounds="[5]",job="rare"}': 2,
    'rare_seconds_bucket{histogram_bounds="[5]",job="rare",le="5"}': 2,
  });
  const [lasting] = await queryPrometheus(prometheus.url, `${MERGE_METRICS.firstPass.name}{job="rare"}`);
  expect(lasting?.value).toBe(0.5);
});

test('SIGKILL of the gateway during load loses at most what it merged since the last scrape', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const runs = planRuns(RUNS, 7);
  const { link, loaded, spoolDir } = await startLoad(stack, runs);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  await someDelivered(link, RUNS / 3);
  await stack.gateway.service.kill('SIGKILL');
  // Scrape interval 1 s, the queue's flush 0.2 s, and the way to Prometheus.
  const atRisk = sessionsOf(link.since(Date.now() - 2_500));
  await stack.gateway.start();
  await loaded;
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  await stack.settled();
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  const rise = await riseOf(stack.prometheus);
  const lost = sessionsIn(truth) - sessionsIn(rise);
  console.log(
    `SIGKILL under load: ${lost} of ${sessionsIn(truth)} sessions lost; ${atRisk} came within 2.5 s before it`,
  );
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(atRisk);
  for (const [series, value] of rise) expect(value, series).toBeLessThanOrEqual(truth.get(series) ?? 0);
});

function sessionsOf(bodies: readonly string[]): number {
  const points = bodies.flatMap((body) => parseBatches(body).flatMap((batch) => batch.points));
  return points
    .filter((point) => point.kind === 'counter' && point.metric === 'fab_agent_sessions_total')
    .reduce((sum, point) => sum + (point.kind === 'counter' ? Number(point.value) : 0), 0);
}
