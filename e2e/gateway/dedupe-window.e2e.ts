/** A program may send a batch again without counting it twice only while the gateway knows it: the answer says how long. */
import { join } from 'node:path';
import { freePorts, startCollector, temporaryDirectory } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { shipped } from '../support/gateway.ts';
import { honestBatch } from '../support/hostile-requests.ts';
import { startLaptopGateway } from '../support/laptop-gateway.ts';
import { locateTools } from '../support/tools.ts';

async function announced(endpoint: string, body: string): Promise<string | null> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  await response.text();
  return response.headers.get('ephemetry-dedupe');
}

test('the gateway says how long it knows a batch again, also when it refuses one', async (t) => {
  const gateway = await startLaptopGateway(t, { GATEWAY_DEDUPE_WINDOW_SECONDS: '7200' });
  expect(await announced(gateway.endpoint, honestBatch('one'))).toBe('7200');
  expect(await announced(gateway.endpoint, '{')).toBe('7200');
});

/** Programs talk to these, and they to a gateway; `PREFIX` is that of their variables. */
const IN_FRONT = [
  ['sidecar', 'sidecar.yaml', 'SIDECAR'],
  ['balancer', 'gateway-sharded/balancer.yaml', 'BALANCER'],
] as const;

test.for(IN_FRONT)(
  'so does the %s in front of it: a day, if nothing else is set',
  async ([, file, prefix], t) => {
    const gateway = await startLaptopGateway(t);
    const endpoint = await startInFront(t, file, prefix, gateway.endpoint, gateway.grpc);
    expect(await announced(endpoint, honestBatch('one'))).toBe('86400');
  },
);

async function startInFront(
  t: TestContext,
  file: string,
  prefix: string,
  gatewayEndpoint: string,
  gatewayGrpc: string,
): Promise<string> {
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const [http = 0, grpc = 0, health = 0, own = 0] = await freePorts(4);
  const service = await startCollector({
    binary: locateTools().collector,
    configs: shipped(file),
    env: {
      GATEWAY_URL: new URL(gatewayEndpoint).origin,
      EPHEMETRY_SPOOL_DIR: directory.path,
      SHARD_0: gatewayGrpc,
      SHARD_1: gatewayGrpc,
      [`${prefix}_OTLP_HTTP_ENDPOINT`]: `127.0.0.1:${http}`,
      [`${prefix}_OTLP_GRPC_ENDPOINT`]: `127.0.0.1:${grpc}`,
      [`${prefix}_HEALTH_ENDPOINT`]: `127.0.0.1:${health}`,
      [`${prefix}_OWN_METRICS_PORT`]: String(own),
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(directory.path, 'in-front.log'),
  });
  t.onTestFinished(() => service.stop());
  return `http://127.0.0.1:${http}/v1/metrics`;
}
