/** What becomes of batches that find the queue in front of VictoriaMetrics full, and of requests that nobody waits for. */
import { waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { batchOf, counterOf, honestBatch, pointNow } from '../support/hostile-requests.ts';
import { post } from '../support/post.ts';
import { startVictoriaStack, totalOf, type VictoriaStack } from '../support/victoria-stack.ts';

/** The smallest that its batches allow, twice. */
const QUEUE_BYTES = 1_000_000;
const SERIES = 3_000;
const BATCHES = 6;

test('what a full queue has no room for is answered and waits, and a killed gateway still counts it once', async (t) => {
  const stack = await startVictoriaStack(t, { env: { GATEWAY_QUEUE_BYTES: String(QUEUE_BYTES) } });
  await stack.store.stop();
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const { status } = await post(stack.gateway.endpoint, wideBatch(`run-${batch}`));
    expect(status).toBe(200);
  }
  await waitFor(async () => (await waiting(stack)) > 0, { what: 'batches in memory', deadlineMs: 30_000 });
  await stack.gateway.service.kill('SIGKILL');
  await stack.startStore();
  await stack.gateway.start();
  await waitFor(async () => (await totalOf(stack, 'waiting_total', '1h')) === BATCHES * SERIES, {
    what: 'all totals',
    deadlineMs: 60_000,
  });
  await stack.settled();
  expect(await totalOf(stack, 'waiting_total', '1h')).toBe(BATCHES * SERIES);
}, 180_000);

test('a request whose sender goes away at any moment counts once when it comes again', async (t) => {
  const stack = await startVictoriaStack(t);
  const requests = 200;
  for (let request = 0; request < requests; request += 1) {
    const body = honestBatch(`impatient-${request}`);
    await postAndLeave(stack.gateway.endpoint, body, request % 20);
    expect((await post(stack.gateway.endpoint, body)).status).toBe(200);
  }
  await stack.settled();
  expect(await totalOf(stack, 'innocent_total', '1h')).toBe(requests);
}, 180_000);

/** Bytes that wait in front of the full queue. */
async function waiting({ gateway }: VictoriaStack): Promise<number> {
  return sumOf(await gateway.ownMetrics(), 'otelcol_exporter_queue_size', /^otlp_http.kept$/);
}

/** More than a third of the queue. */
function wideBatch(run: string): string {
  const points = Array.from({ length: SERIES }, (_, n) => pointNow({ asInt: '1' }, { n: String(n) }));
  return batchOf(run, [counterOf('waiting_total', ...points)]);
}

async function postAndLeave(endpoint: string, body: string, afterMs: number): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(afterMs);
  await fetch(endpoint, { method: 'POST', headers, body, signal }).then(
    (response) => response.arrayBuffer(),
    () => undefined,
  );
}
