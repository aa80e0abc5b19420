import { join } from 'node:path';
import { queryPrometheus, runProgram, startService, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { freeGatewayPorts } from '../support/gateway.ts';
import { runOnce } from '../support/load.ts';
import { keptLogs } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

const START = join(import.meta.dirname, '..', '..', 'examples', 'local', 'start.ts');

test('the local example without Docker shows a run’s total in Prometheus, and ends at Ctrl-C', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const { http, health, reader: web, env: places } = await freeGatewayPorts();
  const { collector, prometheus } = locateTools();
  const url = `http://127.0.0.1:${web}`;
  const example = await startService({
    name: 'the example',
    binary: process.execPath,
    args: [START],
    env: {
      COLLECTOR: collector,
      PROMETHEUS: prometheus,
      PROMETHEUS_ADDRESS: `127.0.0.1:${web}`,
      XDG_STATE_HOME: directory.path,
      ...places,
    },
    readyUrl: [`http://127.0.0.1:${health}/`, `${url}/-/ready`],
    logFile: join(logs, 'example.log'),
  });
  t.onTestFinished(() => example.stop());
  const labels = { role: 'product', phase: 'discovery', group: 'factory' };
  const endpoint = `http://127.0.0.1:${http}/v1/metrics`;
  const spoolDir = join(directory.path, 'spool');
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runOnce(
    { measurements: [{ metric: 'agentSessions', labels, value: 3 }], ending: 'exit' },
    { endpoint, spoolDir, env },
  );
  const total = async (): Promise<number | undefined> =>
    (await queryPrometheus(url, 'sum(fab_agent_sessions_total)'))[0]?.value;
  await waitFor(async () => (await total()) === 3, { what: 'the total in Prometheus', deadlineMs: 60_000 });
  await example.kill('SIGINT');
  await expect(fetch(`http://127.0.0.1:${health}/`)).rejects.toThrow();
  await expect(fetch(`${url}/-/ready`)).rejects.toThrow();
});

test('the local example with VictoriaMetrics shows a run’s total as the sum of its deltas, and ends at Ctrl-C', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const { http, health, reader: web, env: places } = await freeGatewayPorts();
  const { collector, victoriaMetrics } = locateTools();
  const url = `http://127.0.0.1:${web}`;
  const example = await startService({
    name: 'the example',
    binary: process.execPath,
    args: [START, '--store', 'victoria-metrics'],
    env: {
      COLLECTOR: collector,
      VICTORIA_METRICS: victoriaMetrics,
      VICTORIA_METRICS_ADDRESS: `127.0.0.1:${web}`,
      XDG_STATE_HOME: directory.path,
      ...places,
    },
    readyUrl: [`http://127.0.0.1:${health}/`, `${url}/health`],
    logFile: join(logs, 'example.log'),
  });
  t.onTestFinished(() => example.stop());
  const labels = { role: 'product', phase: 'discovery', group: 'factory' };
  await runOnce(
    { measurements: [{ metric: 'agentSessions', labels, value: 3 }], ending: 'exit' },
    {
      endpoint: `http://127.0.0.1:${http}/v1/metrics`,
      spoolDir: join(directory.path, 'spool'),
      env: { EPHEMETRY_EXIT_BUDGET_MS: '20000' },
    },
  );
  const total = async (): Promise<number | undefined> =>
    (await queryPrometheus(url, 'sum(sum_over_time(fab_agent_sessions_total[1h]))'))[0]?.value;
  await waitFor(async () => (await total()) === 3, {
    what: 'the total in VictoriaMetrics',
    deadlineMs: 90_000,
  });
  await example.kill('SIGINT');
  await expect(fetch(`http://127.0.0.1:${health}/`)).rejects.toThrow();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test('the local example refuses a store that it does not know, with those it does', async () => {
  const { code, stderr } = await runProgram(START, { args: ['--store', 'influx'] });
  expect(code).toBe(2);
  expect(stderr).toContain('--store is "influx"; allowed: prometheus, victoria-metrics');
});
