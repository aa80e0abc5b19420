import { request } from 'node:https';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { assertTotals } from './assert-totals.ts';
import type { Behaviour } from './behaviour.ts';
import { costMetric, requestBody, runsMetric } from './fixtures/request-body.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import { startReceiver } from './start-receiver.ts';

const SERIES = 'role=critic,transport=cli';
const json = { 'content-type': 'application/json' };

async function start(options?: ReceiverOptions): Promise<Receiver> {
  const receiver = await startReceiver(options);
  onTestFinished(() => receiver.stop());
  return receiver;
}

function post(
  receiver: Receiver,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(receiver.url, { method: 'POST', body, headers: { ...json, ...headers } });
}

test('counts what it answers 200, plain and gzip, and keeps the bytes', async () => {
  const receiver = await start();
  const plain = requestBody({ sequence: 1, runs: 2 });
  const zipped = new Uint8Array(gzipSync(requestBody({ sequence: 2, runs: '3' })));
  const answer = await post(receiver, plain);
  expect([answer.status, await answer.text()]).toEqual([200, '{}']);
  expect((await post(receiver, zipped, { 'content-encoding': 'gzip' })).status).toBe(200);
  assertTotals(receiver.totals(), { counters: { runs_total: { [SERIES]: 5 } }, batches: 2, duplicates: 0 });
  expect(receiver.requests.map((each) => each.body)).toEqual([Buffer.from(plain), Buffer.from(zipped)]);
  expect(receiver.requests[0]?.contentType).toBe('application/json');
  expect(receiver.statuses()).toEqual({ 200: 2 });
  expect(receiver.batches).toMatchObject([
    { runId: 'run-a', sequence: 1 },
    { runId: 'run-a', sequence: 2 },
  ]);
});

test.each([400, 401, 413, 429, 500, 503])(
  'answers %i, counts nothing, and goes back to 200 after `times`',
  async (status) => {
    const receiver = await start();
    receiver.behave({
      kind: 'status',
      status,
      headers: { 'retry-after': '30' },
      body: '{"message":"no"}',
      times: 2,
    });
    const first = await post(receiver, requestBody({}));
    expect([first.status, first.headers.get('retry-after'), await first.text()]).toEqual([
      status,
      '30',
      '{"message":"no"}',
    ]);
    expect((await post(receiver, requestBody({}))).status).toBe(status);
    expect(receiver.batches).toEqual([]);
    expect((await post(receiver, requestBody({}))).status).toBe(200);
    assertTotals(receiver.totals(), { counters: { runs_total: { [SERIES]: 1 } } });
    expect(receiver.statuses()).toEqual({ [status]: 2, 200: 1 });
  },
);

test('does not count the points that a partial success rejects', async () => {
  const receiver = await start({ behaviour: { kind: 'partial', rejectedDataPoints: 1, message: 'too old' } });
  const answer = await post(receiver, requestBody({ metrics: [runsMetric(1), costMetric(0.5)] }));
  expect(await answer.json()).toEqual({
    partialSuccess: { rejectedDataPoints: '1', errorMessage: 'too old' },
  });
  assertTotals(receiver.totals(), { counters: { cost_total: { '': 0.5 } }, batches: 1 });
});

test.each<[Behaviour, number]>([
  [{ kind: 'commit-then-drop', times: 1 }, 1],
  [{ kind: 'drop', times: 1 }, 0],
])('breaks the connection without an answer: %o', async (behaviour, counted) => {
  const receiver = await start({ behaviour });
  await expect(post(receiver, requestBody({}))).rejects.toThrow('fetch failed');
  expect(receiver.batches).toHaveLength(counted);
  expect(receiver.statuses()).toEqual({ none: 1 });
  await post(receiver, requestBody({}));
  assertTotals(receiver.totals(), { counters: { runs_total: { [SERIES]: 1 } }, duplicates: counted });
});

test('stays silent until it is stopped, and counts nothing', async () => {
  const receiver = await start({ behaviour: { kind: 'silent' } });
  const failed = post(receiver, requestBody({})).catch((error: Error) => error.message);
  await receiver.waitFor(() => receiver.requests.length === 1, { what: 'the request' });
  expect(receiver.statuses()).toEqual({ none: 1 });
  await receiver.stop();
  expect(await failed).toBe('fetch failed');
  expect(receiver.batches).toEqual([]);
});

test('drips its answer byte by byte', async () => {
  const receiver = await start({ behaviour: { kind: 'drip', byteEveryMs: 5 } });
  const answer = await post(receiver, requestBody({}));
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.value?.length).toBeLessThan(10);
  expect((await reader?.read())?.done).toBe(false);
  await reader?.cancel();
  expect(receiver.batches).toHaveLength(1);
});

test('refuses connections while stopped, and is back on the same port with its memory', async () => {
  const receiver = await start();
  const { url } = receiver;
  await post(receiver, requestBody({ sequence: 1 }));
  await receiver.stop();
  await receiver.stop();
  const error = await post(receiver, requestBody({})).catch((failure: Error) => failure.cause);
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  await receiver.restart();
  expect(receiver.url).toBe(url);
  await post(receiver, requestBody({ sequence: 2 }));
  expect(receiver.totals().batches).toBe(2);
});

test('speaks TLS with a certificate that nobody trusts but who is given it', async () => {
  const receiver = await start({ tls: true });
  expect(receiver.url).toMatch(/^https:/);
  const send = (ca?: string): Promise<unknown> =>
    new Promise((resolve) => {
      const options = { method: 'POST', headers: json, agent: false, ...(ca === undefined ? {} : { ca }) };
      const sent = request(receiver.url, options, (answer) => resolve(answer.resume().statusCode));
      sent.on('error', (error) => resolve('code' in error ? error.code : error));
      sent.end(requestBody({}));
    });
  expect(await send()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(receiver.requests).toEqual([]);
  expect(await send(receiver.certificate)).toBe(200);
  expect(receiver.connections).toBe(2);
});

test('knows how many requests were open at once', async () => {
  const receiver = await start({ behaviour: { kind: 'answer', delayMs: 50 } });
  await Promise.all([1, 2, 3].map((sequence) => post(receiver, requestBody({ sequence }))));
  expect(receiver.maximumInFlight).toBe(3);
  await post(receiver, requestBody({ sequence: 4 }));
  expect(receiver.maximumInFlight).toBe(3);
});

test('answers 400 with the place of the fault to what is not OTLP, and keeps the reason', async () => {
  const receiver = await start();
  const answer = await post(receiver, '{"resourceMetrics":[');
  expect(answer.status).toBe(400);
  expect(receiver.malformed).toEqual([expect.stringContaining('body must be JSON')]);
  expect((await post(receiver, 'no gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
});

test.each<[number, string, RequestInit]>([
  [404, '/v1/traces', { method: 'POST', body: '{}', headers: json }],
  [405, '/v1/metrics', { method: 'GET', headers: json }],
  [415, '/v1/metrics', { method: 'POST', body: '{}', headers: { 'content-type': 'application/x-protobuf' } }],
])('answers %i to %s when asked wrongly', async (status, path, init) => {
  const receiver = await start({ behaviour: { kind: 'status', status: 503, times: 1 } });
  expect((await fetch(`${receiver.origin}${path}`, init)).status).toBe(status);
  expect((await post(receiver, requestBody({}))).status).toBe(503);
});

test('says what it knows when a wait fails', async () => {
  const receiver = await start();
  await post(receiver, requestBody({}));
  const waiting = receiver.waitFor(() => receiver.batches.length === 2, {
    what: 'two batches',
    deadlineMs: 50,
  });
  await expect(waiting).rejects.toThrow('waited 50 ms for two batches; instead: statuses {"200":1}');
});

test('refuses a behaviour that would last no request', async () => {
  const receiver = await start();
  expect(() => receiver.behave({ kind: 'drop', times: 0 })).toThrow(
    'behaviour.times must be an integer of 1 or more, but is 0',
  );
});
