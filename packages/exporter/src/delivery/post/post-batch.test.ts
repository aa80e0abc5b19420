/** One attempt against a real server that answers, fails and dawdles in every way. */
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Receiver, startReceiver } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, failureOf, receiverFor, serve } from './fixtures/real-endpoints.ts';
import { type PostOutcome, postBatch } from './post-batch.ts';

const BODY = Buffer.from(otlpBody(1, 1));

test('delivers the bytes as they are, with the headers of the configuration', async () => {
  const receiver = await receiverFor({});
  const headers = { 'content-type': 'application/json', authorization: 'Bearer token' };
  expect(await postBatch(endpointOf(receiver.url, { headers }), BODY)).toEqual({ kind: 'delivered' });
  expect(receiver.requests[0]?.body.equals(BODY)).toBe(true);
  expect(receiver.requests[0]?.headers).toMatchObject({ authorization: 'Bearer token' });
  expect(receiver.totals().counters).toEqual({ jobs_total: { '': 1 } });
});

test('credentials in the URL are sent, and named nowhere', async () => {
  const receiver = await receiverFor({});
  const url = `${receiver.url.replace('//', '//ci:s3cret@')}?key=s3cret`;
  const refused = failureOf(await postBatch(endpointOf(url), BODY));
  expect(refused['endpoint']).toBe(receiver.url);
  expect(receiver.requests[0]?.headers['authorization']).toBe(
    `Basic ${Buffer.from('ci:s3cret').toString('base64')}`,
  );
  await receiver.stop();
  expect(JSON.stringify(await postBatch(endpointOf(url), BODY))).not.toContain('s3cret');
});

test('compresses when asked', async () => {
  const receiver = await receiverFor({});
  expect(await postBatch(endpointOf(receiver.url, { gzip: gzipSync }), BODY)).toEqual({ kind: 'delivered' });
  expect(receiver.requests[0]?.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(receiver.requests[0]?.body ?? '').equals(BODY)).toBe(true);
  expect(receiver.batches).toHaveLength(1);
});

describe('what the status means', () => {
  test.each([200, 201, 202, 204, 299])('%d is a delivery', async (status) => {
    const receiver = await receiverFor({ behaviour: { kind: 'status', status, body: '' } });
    expect(await postBatch(endpointOf(receiver.url), BODY)).toEqual({ kind: 'delivered' });
  });

  test.each([
    ...[408, 429, 500, 502, 503, 504, 599].map((status) => [status, 'busy'] as const),
    ...[301, 302, 307, 308, 401, 403, 404, 405, 407].map((status) => [status, 'misconfigured'] as const),
    ...[400, 402, 409, 411, 413, 415, 422, 431].map((status) => [status, 'rejected'] as const),
  ])('%d is %s', async (status, kind) => {
    const { url } = await receiverFor({ behaviour: { kind: 'status', status } });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toEqual({
      kind,
      endpoint: url,
      status,
      detail: `the receiver was told to answer ${status}`,
    });
  });

  test('a redirect is not followed: it could carry the headers to another host', async () => {
    const target = await receiverFor({});
    const headers = { location: target.url };
    const { url } = await receiverFor({ behaviour: { kind: 'status', status: 307, headers } });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toMatchObject({
      kind: 'misconfigured',
      status: 307,
    });
    expect(target.connections).toBe(0);
  });
});

describe('what the answer says', () => {
  test.each([
    ['', 'Bad Request'],
    ['<html>no json</html>', 'Bad Request'],
    ['{"message":""}', 'Bad Request'],
    ['{"code":3,"message":"readObjectStart: expect { or n"}', 'readObjectStart: expect { or n'],
    [JSON.stringify({ message: 'a\n\u001b[31mb\u0000c' }), 'a [31mb c'],
    [JSON.stringify({ message: 'x'.repeat(500) }), 'x'.repeat(200)],
  ])('of %j people see "%s": one line of plain text', async (body, detail) => {
    const { url } = await receiverFor({ behaviour: { kind: 'status', status: 400, body } });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toMatchObject({ kind: 'rejected', detail });
  });

  test.each([
    ['2', 'no', 2, 'no'],
    [3, '', 3, ''],
    ['4', undefined, 4, 'no reason given'],
  ])(
    'a partial success of %j points is a delivery with a loss',
    async (rejectedDataPoints, errorMessage, points, detail) => {
      const body = JSON.stringify({ partialSuccess: { rejectedDataPoints, errorMessage } });
      const { url } = await receiverFor({ behaviour: { kind: 'status', status: 200, body } });
      expect(await postBatch(endpointOf(url), BODY)).toEqual({
        kind: 'delivered',
        partial: { kind: 'partial', endpoint: url, rejectedDataPoints: points, detail },
      });
    },
  );

  test.each([
    '{"partialSuccess":{}}',
    '{"partialSuccess":{"rejectedDataPoints":"0","errorMessage":"a warning"}}',
    '{"partialSuccess":null}',
    '{"partialSuccess":{"rejectedDataPoints":"many"}}',
    'null',
    '[]',
    'not json',
  ])('%s is a whole delivery', async (body) => {
    const { url } = await receiverFor({ behaviour: { kind: 'status', status: 200, body } });
    expect(await postBatch(endpointOf(url), BODY)).toEqual({ kind: 'delivered' });
  });

  test('an answer over 64 KiB is not read: a Collector’s is under 1 KiB', async () => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => answer.writeHead(200).end(' '.repeat(65_537)));
    });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toEqual({
      kind: 'unreachable',
      endpoint: url,
      detail: 'the answer is longer than 65536 bytes',
    });
  });
});

describe('Retry-After', () => {
  async function retryAfterMs(text: string): Promise<unknown> {
    const behaviour = { kind: 'status', status: 503, headers: { 'retry-after': text } } as const;
    const { url } = await receiverFor({ behaviour });
    return failureOf(await postBatch(endpointOf(url), BODY))['retryAfterMs'];
  }

  test.each([
    ['0', 0],
    ['30', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
  ])('%s', async (text, expected) => {
    expect(await retryAfterMs(text)).toBe(expected);
  });

  test('a date in an hour', async () => {
    const inAnHour = await retryAfterMs(new Date(Date.now() + 3_600_000).toUTCString());
    expect(inAnHour).toBeGreaterThan(3_590_000);
    expect(inAnHour).toBeLessThanOrEqual(3_600_000);
  });
});

describe('without an answer', () => {
  test('nobody listens', async () => {
    const receiver = await startReceiver();
    await receiver.stop();
    expect(failureOf(await postBatch(endpointOf(receiver.url), BODY))).toEqual({
      kind: 'unreachable',
      endpoint: receiver.url,
      detail: `connect ECONNREFUSED 127.0.0.1:${receiver.port}`,
    });
  });

  test.each(['drop', 'commit-then-drop'] as const)('the connection breaks: %s', async (kind) => {
    const { url } = await receiverFor({ behaviour: { kind } });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toEqual({
      kind: 'unreachable',
      endpoint: url,
      detail: expect.stringMatching(/ECONNRESET|socket hang up/),
    });
  });

  test('the connection breaks in the middle of the answer', async () => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => {
        answer.writeHead(200, { 'content-length': 10 }).write('{}');
        setImmediate(() => answer.destroy());
      });
    });
    expect(failureOf(await postBatch(endpointOf(url), BODY))).toMatchObject({ kind: 'unreachable' });
  });

  test.each(['silent', 'drip'] as const)('one deadline over everything: %s', async (kind) => {
    const { url } = await receiverFor({ behaviour: { kind } });
    const startedMs = performance.now();
    expect(failureOf(await postBatch(endpointOf(url), BODY, { timeoutMs: 150 }))).toEqual({
      kind: 'timeout',
      endpoint: url,
      timeoutMs: 150,
    });
    expect(performance.now() - startedMs).toBeGreaterThan(140);
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test('a timeout beyond what a timer takes is long, not none', async () => {
    const { url } = await receiverFor({ behaviour: { kind: 'answer', delayMs: 50 } });
    expect(await postBatch(endpointOf(url, { timeoutMs: 1e12 }), BODY)).toEqual({ kind: 'delivered' });
  });
});

describe('a connection that the server has closed in the meantime', () => {
  /** Answers the first request of a connection, and closes it at the second. */
  async function serveOnce(): Promise<{ url: string; requests: () => number }> {
    let requests = 0;
    const seen = new WeakSet<object>();
    const url = await serve((incoming, answer) => {
      requests += 1;
      const isSecond = seen.has(incoming.socket);
      seen.add(incoming.socket);
      if (isSecond) incoming.socket.destroy();
      else incoming.resume().on('end', () => answer.writeHead(200).end());
    });
    return { url, requests: () => requests };
  }

  test('is replaced: the batch is posted again over a new one', async () => {
    const { url, requests } = await serveOnce();
    const endpoint = endpointOf(url);
    for (let post = 1; post <= 3; post += 1)
      expect(await postBatch(endpoint, BODY)).toEqual({ kind: 'delivered' });
    expect(requests()).toBe(5);
  });

  test('is no reason to post again after the deadline', async () => {
    let requests = 0;
    const url = await serve((incoming, answer) => {
      requests += 1;
      if (requests === 1) incoming.resume().on('end', () => answer.writeHead(200).end());
    });
    const endpoint = endpointOf(url);
    expect(await postBatch(endpoint, BODY)).toEqual({ kind: 'delivered' });
    expect(failureOf(await postBatch(endpoint, BODY, { timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' });
    expect(await postBatch(endpoint, BODY, { timeoutMs: 50 })).toMatchObject({ kind: 'failed' });
    expect(requests).toBe(3);
  });
});

describe('TLS', () => {
  async function postTo(
    ca: string | undefined,
    receiver: Receiver,
    url = receiver.url,
  ): Promise<PostOutcome> {
    const agent = new TlsAgent(ca === undefined ? {} : { ca });
    onTestFinished(() => agent.destroy());
    return await postBatch(endpointOf(url, { request: tlsRequest, agent }), BODY);
  }

  test('a certificate that nobody trusts is a TLS failure; trusted it delivers', async () => {
    const receiver = await receiverFor({ tls: true });
    expect(failureOf(await postTo(undefined, receiver))).toMatchObject({
      kind: 'tls',
      endpoint: receiver.url,
      detail: expect.stringMatching(/self.signed certificate/i),
    });
    expect(await postTo(receiver.certificate, receiver)).toEqual({ kind: 'delivered' });
  });

  test('TLS spoken to a server without it is a TLS failure', async () => {
    const receiver = await receiverFor({});
    const url = receiver.url.replace('http:', 'https:');
    expect(failureOf(await postTo(undefined, receiver, url))).toMatchObject({ kind: 'tls' });
  });

  test('a certificate file that holds none is a TLS failure, not a crash', async () => {
    const receiver = await receiverFor({ tls: true });
    const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
    expect(failureOf(await postTo(broken, receiver))).toMatchObject({ kind: 'tls' });
  });
});

test('a header that HTTP cannot carry is a failure, not a crash', async () => {
  const receiver = await receiverFor({});
  const headers = { 'content-type': 'application/json', authorization: 'Bearer token\n' };
  expect(failureOf(await postBatch(endpointOf(receiver.url, { headers }), BODY))).toMatchObject({
    kind: 'unreachable',
    detail: expect.stringContaining('authorization'),
  });
});
