import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { runLoad } from '../support/load.ts';
import { startLossyLink } from '../support/lossy-link.ts';
import { startNaivePipeline } from '../support/naive-pipeline.ts';
import { planRuns } from '../support/plan.ts';
import { postAll } from '../support/post.ts';
import { keptLogs, startStack } from '../support/stack.ts';
import { differences, truthOf } from '../support/truth.ts';

/** Fewer for a quick look; the counter-example needs the first test's load. */
const RUNS = Number(process.env['E2E_RUNS'] ?? 1_000);
const runs = planRuns(RUNS, 1);
const measurements = runs.flatMap((run) => run.measurements);
const load: string[] = [];

test('counts every measurement of 1,000 overlapping runs once, a tenth of the batches sent twice', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const link = await startLossyLink(stack.gateway.endpoint, 0.1, 2);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const spoolDir = join(stack.directory, 'spool');
  const startedAt = performance.now();
  // Each run waits for its answer, or for the loss of it: a busy machine must not turn the load into one drain.
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runLoad({ runs, endpoint: link.endpoint, spoolDir, env, atATime: 32 });
  const seconds = (performance.now() - startedAt) / 1000;
  link.heal();
  const report = await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(report).toMatchObject({ spooled: 0, rejected: 0, lostDataPoints: 0 });
  load.push(...link.bodies);
  console.log(
    `${RUNS} runs in ${seconds.toFixed(1)} s, ${load.length} batches, ${link.duplicates()} of them sent before`,
  );
  expect(link.duplicates()).toBeGreaterThan(RUNS / 20);
  expect(differences(await stack.settled(), truthOf(measurements))).toEqual([]);
}, 600_000);

test('the usual pipeline loses sessions of the same load', async (t) => {
  expect(load.length, 'batches of the test before').toBeGreaterThan(0);
  const naive = await startNaivePipeline(keptLogs(t));
  t.onTestFinished(() => naive.service.stop());
  await postAll(naive.endpoint, load, 16);
  const sent = measurements.filter(({ metric }) => metric === 'agentSessions').length;
  const counted = sumOf(await naive.totals(), 'fab_agent_sessions_total');
  console.log(`usual pipeline: ${counted} of ${sent} sessions counted, ${sent - counted} lost`);
  // A third to nine tenths, the more the more runs overlap.
  expect(counted).toBeLessThan(sent * 0.9);
});
