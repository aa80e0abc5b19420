/** The gateway with VictoriaMetrics behind it: the same totals as over Prometheus. */
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { expect, test } from 'vitest';
import { runLoad } from './load.ts';
import { startLossyLink } from './lossy-link.ts';
import { planRuns } from './plan.ts';
import { differences, truthOf } from './truth.ts';
import { startVictoriaStack } from './victoria-stack.ts';

const RUNS = Number(process.env['E2E_RUNS'] ?? 300);

test('counts every measurement of overlapping runs once in VictoriaMetrics, a tenth of the batches sent twice', async (t) => {
  const stack = await startVictoriaStack(t);
  const link = await startLossyLink(stack.gateway.endpoint, 0.1, 2);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const runs = planRuns(RUNS, 1);
  const spoolDir = join(stack.directory, 'spool');
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runLoad({ runs, endpoint: link.endpoint, spoolDir, env });
  link.heal();
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(link.duplicates()).toBeGreaterThan(RUNS / 20);
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  expect(differences(await stack.settled(), truth)).toEqual([]);
}, 600_000);
