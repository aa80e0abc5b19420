/** One attempt against a real server that answers, fails and dawdles in every way. */
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Receiver, startReceiver } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, failureOf, receiverFor, serve } from './fixtures/real-endpoints.ts';
import { postBatch } from './post-batch.ts';
import type { PostOutcome } from './post-outcome.ts';

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

  test('one deadline over everything', async () => {
    const { url } = await receiverFor({ behaviour: { kind: 'silent' } });
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
    expect(failureOf(await postBatch(endpoint, BODY, { timeoutMs: 500 }))).toMatchObject({ kind: 'timeout' });
    expect(await postBatch(endpoint, BODY, { timeoutMs: 500 })).toMatchObject({ kind: 'failed' });
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
