/** Whether the gateway's queue moves, as readiness and liveness of the manifest ask; and who may send behind the checks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, temporaryDirectory } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { CATALOGUE } from '../boards/grafana-delivery-truth.ts';
import { type Door, openDoor } from '../support/door.ts';
import { type Gateway, shipped, startGateway, sumOf } from '../support/gateway.ts';
import { honestBatch } from '../support/hostile-requests.ts';
import { showsTotal } from '../support/laptop-gateway.ts';
import { post } from '../support/post.ts';
import { keptLogs } from '../support/stack.ts';

const MANIFEST = join(
  import.meta.dirname,
  '..',
  '..',
  'examples',
  'kubernetes',
  'gateway',
  'stateful-set.yaml',
);
const LAPTOP = shipped('exact.yaml', 'histograms.yaml', 'local.yaml');

async function startWithDoor(
  t: TestContext,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly gateway: Gateway; readonly door: Door }> {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  // The catalogue comes each second, and a queue may stand still for five.
  const gateway = await startGateway({
    configs: LAPTOP,
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: { GATEWAY_SERIES_INTERVAL: '1s', GATEWAY_ARRIVALS_WITHIN: '5s' },
    env,
  });
  t.onTestFinished(() => gateway.service.kill('SIGKILL').catch(() => {}));
  const door = await openDoor(gateway, join(logs, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  return { gateway, door };
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

test('a queue that stands still is not ready, without any traffic, and ready again when it moves', async (t) => {
  const [closed = 0] = await freePorts(1);
  const { gateway, door } = await startWithDoor(t, {});
  await expect.poll(() => statusOf(door.moves), { interval: 500 }).toBe(200);
  await gateway.service.kill('SIGKILL');
  // Nobody listens behind the queue.
  await gateway.start({ GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${closed}` });
  await expect.poll(() => statusOf(door.moves), { interval: 500 }).toBe(503);
  expect((await post(gateway.endpoint, honestBatch('waits'))).status).toBe(200);
  await gateway.service.kill('SIGKILL');
  await gateway.start({});
  await expect.poll(() => statusOf(door.moves), { interval: 500 }).toBe(200);
  await showsTotal(gateway, 'innocent_total', 1);
});

test('the catalogue, offered again and again, takes no more memory', async (t) => {
  const { gateway } = await startWithDoor(t, {});
  const own = async (name: string, label?: RegExp): Promise<number> =>
    sumOf(await gateway.ownMetrics(), name, label);
  const streams = (): Promise<number> => own('otelcol_deltatocumulative_streams_tracked');
  const sent = (): Promise<number> => own('otelcol_exporter_sent_metric_points', /^otlp_http.queue$/);
  // Each series is known to the dedupe, and has a total.
  await expect.poll(streams).toBe(2 * CATALOGUE);
  const sentBefore = await sent();
  // Offered three times more at least.
  await expect.poll(sent, { interval: 500 }).toBeGreaterThan(sentBefore + 3 * CATALOGUE);
  expect(await streams()).toBe(2 * CATALOGUE);
});

test('readiness and liveness ask whether the queue moves, and liveness waits longer than a batch is tried', () => {
  const { spec } = parse(readFileSync(MANIFEST, 'utf8'));
  const [collector, door] = spec.template.spec.containers;
  const { readinessProbe, livenessProbe } = collector;
  const port = door.ports.find(({ name }: { name: string }) => name === 'moves').containerPort;
  for (const { httpGet } of [readinessProbe, livenessProbe])
    expect(httpGet).toEqual({ path: '/moves', port });
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'collector-config', 'exact.yaml'), 'utf8');
  const givenUpMinutes = Number(/GATEWAY_GIVE_UP_AFTER:-(\d+)m/.exec(text)?.[1]);
  expect((livenessProbe.periodSeconds * livenessProbe.failureThreshold) / 60).toBeGreaterThan(givenUpMinutes);
});

test.for(['GATEWAY_GATHERED_URL', 'GATEWAY_LOOPBACK_URL'])(
  'a program that reaches the port of %s is refused without the gateway’s own token',
  async (name, t) => {
    const [port = 0] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const { gateway } = await startWithDoor(t, {
      GATEWAY_LOOPBACK_TOKEN: crypto.randomUUID(),
      [name]: `http://${address}`,
      [name.replace('_URL', '_ENDPOINT')]: address,
    });
    const behind = `http://${address}/v1/metrics`;
    expect((await post(behind, honestBatch('behind'))).status).toBe(401);
    expect((await post(gateway.endpoint, honestBatch('in-front'))).status).toBe(200);
    await showsTotal(gateway, 'innocent_total', 1);
  },
);
