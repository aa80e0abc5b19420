import { join } from 'node:path';
import { drain, readSpoolStatus } from '@ephemetry/exporter';
import { parseBatches, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from './gateway.ts';
import { runLoad } from './load.ts';
import { type LossyLink, startLossyLink } from './lossy-link.ts';
import { type PlannedRun, planRuns } from './plan.ts';
import { riseOf } from './rise.ts';
import { type Stack, startStack } from './stack.ts';
import { differences, type SeriesValues, truthOf } from './truth.ts';

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
  const remembers = async (): Promise<boolean> =>
    sumOf(await stack.gateway.ownMetrics(), 'otelcol_processor_filter_datapoints_filtered', /^filter.seen$/) >
    0;
  await waitFor(remembers, { what: 'the dedupe to remember', deadlineMs: 20_000 });
  link.heal();
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(link.duplicates()).toBeGreaterThanOrEqual(runs.length);
  await stack.settled();
  expect(
    differences(await riseOf(stack.prometheus), truthOf(runs.flatMap((run) => run.measurements))),
  ).toEqual([]);
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
