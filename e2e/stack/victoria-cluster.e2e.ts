/** The gateway with a cluster of VictoriaMetrics behind it: the same totals as in a single one, also when a storage was killed. */
import { waitFor } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { addsUpEveryCase, countsOverlappingRuns } from '../support/same-totals.ts';
import { remembersSessions, startSessionLoad } from '../support/session-load.ts';
import { locateVictoriaCluster } from '../support/tools.ts';
import { startClusterStack, totalOf } from '../support/victoria-stack.ts';

const RUNS = 100;

function startedCluster(t: TestContext): ReturnType<typeof startClusterStack> {
  const tools = locateVictoriaCluster();
  if (tools !== undefined) return startClusterStack(t, tools);
  return t.skip('vminsert, vmselect and vmstorage are not on the PATH, and their module cannot be had here');
}

test('counts every measurement of overlapping runs once in a cluster, a tenth of the batches sent twice', async (t) => {
  await countsOverlappingRuns(t, await startedCluster(t), RUNS);
}, 600_000);

test('what programs send is added up in a cluster, whatever they call and how often they send it', async (t) => {
  await addsUpEveryCase(await startedCluster(t));
});

test('SIGKILL of the gateway under load loses nothing in a cluster and counts nothing twice; its own metrics and those of vminsert arrive', async (t) => {
  const stack = await startedCluster(t);
  const load = startSessionLoad(stack.gateway.endpoint, 5);
  await waitFor(() => load.sent() > 300, { what: '300 batches to be sent', deadlineMs: 120_000 });
  await stack.gateway.service.kill('SIGKILL');
  load.pause();
  await stack.gateway.start();
  await remembersSessions(stack.gateway, stack.directory);
  load.resume();
  await load.end();
  await stack.settled();
  expect(await totalOf(stack, 'fab_agent_sessions_total', '1h')).toBe(load.sent());
  for (const series of [
    'otelcol_process_uptime{job="ephemetry-gateway"}',
    'vm_rows_ignored_total{job="victoria-metrics"}',
  ])
    await waitFor(async () => (await totalOf(stack, series, '1h')) !== undefined, {
      what: `${series} to arrive`,
      deadlineMs: 30_000,
    });
}, 600_000);
