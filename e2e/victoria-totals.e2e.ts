/** The gateway with VictoriaMetrics behind it: the same totals as over Prometheus. */
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { batchOf, counterOf } from './hostile-requests.ts';
import { runLoad } from './load.ts';
import { startLossyLink } from './lossy-link.ts';
import { planRuns } from './plan.ts';
import { postAll } from './post.ts';
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
  const total = async (window: string): Promise<number | undefined> =>
    (await queryPrometheus(stack.store.url, `sum(sum_over_time(clocked_total[${window}]))`))[0]?.value;
  expect(await total('1h')).toBe(times.length);
  expect(await total('7d')).toBe(times.length + 1);
});
