/** With a token, a sidecar holds it for its program, and what comes without it is kept by who sent it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSpoolStatus } from '@ephemetry/exporter';
import { freePorts, startCollector, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { type Gateway, shipped, startGateway } from '../support/gateway.ts';
import { postGrpc } from '../support/grpc-post.ts';
import { batchWithLabel, honestBatch } from '../support/hostile-requests.ts';
import { showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { runLoad } from '../support/load.ts';
import { planRuns } from '../support/plan.ts';
import { post } from '../support/post.ts';
import { forwardTo, keptLogs, startBackend } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

async function postWith(endpoint: string, token: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

test('a gateway with a token takes what has it, reads it again when it changes, and its sidecar sends it', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const { amp } = await startBackend(t, logs);
  const tokenFile = join(directory.path, 'token');
  writeFileSync(tokenFile, 'first');
  const fixed = { ...forwardTo(amp), GATEWAY_TOKEN_FILE: tokenFile };
  const gateway: Gateway = await startGateway({
    configs: shipped('exact.yaml', 'histograms.yaml', 'gateway.yaml', 'token.yaml'),
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed,
  });
  t.onTestFinished(() => gateway.service.stop());
  const { endpoint } = gateway;
  expect((await post(endpoint, honestBatch('none'))).status).toBe(401);
  expect(await postWith(endpoint, 'wrong', honestBatch('wrong'))).toBe(401);
  expect(await postWith(endpoint, 'first', honestBatch('right'))).toBe(200);

  const [http = 0, grpc = 0, health = 0, own = 0] = await freePorts(4);
  const sidecar = await startCollector({
    binary: locateTools().collector,
    configs: shipped('sidecar.yaml', 'sidecar-token.yaml'),
    env: {
      GATEWAY_URL: new URL(endpoint).origin,
      GATEWAY_TOKEN_FILE: tokenFile,
      EPHEMETRY_SPOOL_DIR: join(directory.path, 'tailed'),
      SIDECAR_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
      SIDECAR_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      SIDECAR_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      SIDECAR_OWN_METRICS_PORT: String(own),
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(logs, 'sidecar.log'),
  });
  t.onTestFinished(() => sidecar.stop());
  const beside = `http://127.0.0.1:${http}/v1/metrics`;
  expect((await post(beside, honestBatch('beside'))).status).toBe(200);
  await showsTotal(gateway, 'innocent_total', 2);

  writeFileSync(tokenFile, 'second');
  const isRead = async (): Promise<boolean> =>
    (await postWith(endpoint, 'second', honestBatch('changed'))) === 200 &&
    (await post(beside, honestBatch('beside-again'))).status === 200;
  await waitFor(isRead, { what: 'the new token to be read', deadlineMs: 30_000 });
  expect(await postWith(endpoint, 'first', honestBatch('outdated'))).toBe(401);
  await showsTotal(gateway, 'innocent_total', 4);

  // A program without it keeps its batch.
  const spoolDir = join(directory.path, 'spool');
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runLoad({ runs: planRuns(1, 3), endpoint, spoolDir, atATime: 1, env });
  expect(readSpoolStatus({ spoolDir, env: {} }).batches).toBeGreaterThan(0);
});

/** Of gRPC: what comes without the right token. */
const UNAUTHENTICATED = 16;

test('a balancer with a token takes what has it over HTTP and gRPC, and reads it again when it changes', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const tokenFile = join(directory.path, 'token');
  writeFileSync(tokenFile, 'first');
  const gateway = await startLaptopGateway(t);
  const [http = 0, grpc = 0, health = 0, own = 0] = await freePorts(4);
  const balancer = await startCollector({
    binary: locateTools().collector,
    configs: shipped('gateway-sharded/balancer.yaml', 'gateway-sharded/balancer-token.yaml'),
    env: {
      BALANCER_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
      BALANCER_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      BALANCER_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      BALANCER_OWN_METRICS_PORT: String(own),
      GATEWAY_TOKEN_FILE: tokenFile,
      SHARD_0: gateway.grpc,
      SHARD_1: gateway.grpc,
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(logs, 'balancer.log'),
  });
  t.onTestFinished(() => balancer.stop());
  const endpoint = `http://127.0.0.1:${http}/v1/metrics`;
  const overGrpc = (token: string): Promise<number> =>
    postGrpc(`127.0.0.1:${grpc}`, batchWithLabel(1, 120), { authorization: `Bearer ${token}` });
  expect((await post(endpoint, honestBatch('none'))).status).toBe(401);
  expect(await postGrpc(`127.0.0.1:${grpc}`, batchWithLabel(1, 120))).toBe(UNAUTHENTICATED);
  expect([await postWith(endpoint, 'wrong', honestBatch('wrong')), await overGrpc('wrong')]).toEqual([
    401,
    UNAUTHENTICATED,
  ]);
  expect([await postWith(endpoint, 'first', honestBatch('right')), await overGrpc('first')]).toEqual([
    200, 0,
  ]);
  writeFileSync(tokenFile, 'second');
  const isRead = async (): Promise<boolean> =>
    (await postWith(endpoint, 'second', honestBatch('changed'))) === 200 && (await overGrpc('second')) === 0;
  await waitFor(isRead, { what: 'the new token to be read', deadlineMs: 30_000 });
  expect([await postWith(endpoint, 'first', honestBatch('outdated')), await overGrpc('first')]).toEqual([
    401,
    UNAUTHENTICATED,
  ]);
  await showsTotal(gateway, 'innocent_total', 2);
});
