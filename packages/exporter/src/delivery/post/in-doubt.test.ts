/** Whether a batch may have arrived: what whoever keeps it in doubt on disk is told, and when. */
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { startReceiver } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, receiverFor, serve, serveSocket } from './fixtures/real-endpoints.ts';
import { type PostOptions, postBatch } from './post-batch.ts';

const BODY = Buffer.from(otlpBody(1, 1));
/** More than both sides of a connection on loopback hold while nobody reads. */
const LARGE_BODY = Buffer.alloc(64 * 1024 * 1024, ' ');

/** Posts, and says how often and when `beforeSent` was called. */
async function postWatched(
  url: string,
  options: PostOptions = {},
  endpoint = endpointOf(url),
): Promise<{ isSentWhole: boolean | undefined; calls: number }> {
  let calls = 0;
  const beforeSent = (): boolean => {
    calls += 1;
    return true;
  };
  const outcome = await postBatch(endpoint, BODY, { ...options, beforeSent });
  return { isSentWhole: outcome.kind === 'failed' ? outcome.isSentWhole : undefined, calls };
}

describe('beforeSent', () => {
  test('is called before the first byte of the batch leaves', async () => {
    const order: string[] = [];
    const url = await serve((incoming, answer) => {
      order.push('arrives');
      incoming.resume().on('end', () => answer.writeHead(200).end());
    });
    await postBatch(endpointOf(url), BODY, { beforeSent: () => order.push('before sent') > 0 });
    expect(order).toEqual(['before sent', 'arrives']);
  });

  test('keeps a batch from leaving that must not be sent any more', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.stop());
    const outcome = await postBatch(endpointOf(receiver.url), BODY, { beforeSent: () => false });
    // The program ended first; the endpoint was there.
    const failure = { kind: 'timeout', stage: 'sending', timeoutMs: expect.any(Number) };
    expect(outcome).toMatchObject({ kind: 'failed', isSentWhole: false, failure });
    expect(receiver.batches).toEqual([]);
  });

  test('is not called where nobody listens', async () => {
    const receiver = await startReceiver();
    await receiver.stop();
    expect(await postWatched(receiver.url)).toEqual({ calls: 0, isSentWhole: false });
  });

  test('is not called when the TLS handshake fails', async () => {
    const { url } = await receiverFor({ tls: true });
    const agent = new TlsAgent();
    onTestFinished(() => agent.destroy());
    const endpoint = endpointOf(url, { request: tlsRequest, agent });
    expect(await postWatched(url, {}, endpoint)).toEqual({ calls: 0, isSentWhole: false });
  });

  test('is called once over TLS', async () => {
    const { url, certificate: ca = '' } = await receiverFor({ tls: true });
    const agent = new TlsAgent({ ca, keepAlive: true });
    onTestFinished(() => agent.destroy());
    const endpoint = endpointOf(url, { request: tlsRequest, agent });
    for (const connection of ['new', 'kept alive']) {
      expect({ connection, ...(await postWatched(url, {}, endpoint)) }).toEqual({ connection, calls: 1 });
    }
  });
});

describe('a batch is sent whole', () => {
  test.each(['drop', 'commit-then-drop'] as const)(
    'when the connection breaks behind it: %s',
    async (kind) => {
      const { url } = await receiverFor({ behaviour: { kind } });
      expect(await postWatched(url)).toEqual({ calls: 1, isSentWhole: true });
    },
  );

  test('when the answer does not come in time', async () => {
    const { url } = await receiverFor({ behaviour: { kind: 'silent' } });
    expect(await postWatched(url, { timeoutMs: 200 })).toEqual({ calls: 1, isSentWhole: true });
  });
});

describe('a batch is not sent whole', () => {
  test('when nobody reads it to its end', async () => {
    const url = await serveSocket((socket) => socket.pause());
    const outcome = await postBatch(endpointOf(url), LARGE_BODY, { timeoutMs: 200 });
    expect(outcome).toMatchObject({ failure: { kind: 'timeout' }, isSentWhole: false });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.destroy()],
  ])('when the connection is %s in the middle of it', async (_, end) => {
    const url = await serveSocket((socket) => socket.once('data', () => end(socket)));
    const outcome = await postBatch(endpointOf(url), LARGE_BODY);
    expect(outcome).toMatchObject({ failure: { kind: 'unreachable' }, isSentWhole: false });
  });

  test('when the server answers that it does not take it', async () => {
    const { url } = await receiverFor({ behaviour: { kind: 'status', status: 503 } });
    expect(await postWatched(url)).toEqual({ calls: 1, isSentWhole: false });
  });
});

describe('a connection that was kept alive and is closed', () => {
  /** Takes every batch, answers the first of a connection and closes it at the second. */
  async function serveOnce(): Promise<{ url: string; taken: () => number }> {
    let taken = 0;
    const seen = new WeakSet<Socket>();
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => {
        taken += 1;
        if (seen.has(incoming.socket)) incoming.socket.destroy();
        else answer.writeHead(200).end();
        seen.add(incoming.socket);
      });
    });
    return { url, taken: () => taken };
  }

  test('is replaced, and said once more', async () => {
    const { url, taken } = await serveOnce();
    const endpoint = endpointOf(url);
    expect(await postWatched(url, {}, endpoint)).toEqual({ calls: 1 });
    expect(await postWatched(url, {}, endpoint)).toEqual({ calls: 2 });
    expect(taken()).toBe(3);
  });

  test('leaves the batch in doubt where it must not come twice', async () => {
    const { url, taken } = await serveOnce();
    const endpoint = endpointOf(url);
    expect(await postWatched(url, {}, endpoint)).toEqual({ calls: 1 });
    expect(await postWatched(url, { mayRepeat: false }, endpoint)).toEqual({ calls: 1, isSentWhole: true });
    expect(taken()).toBe(2);
  });
});

describe('a receiver that knows batches again', () => {
  test.each([200, 400, 503])('says so with its answer %d', async (status) => {
    const headers = { 'ephemetry-dedupe': '86400' };
    const { url } = await receiverFor({ behaviour: { kind: 'status', status, headers, body: '{}' } });
    expect(await postBatch(endpointOf(url), BODY)).toMatchObject({ dedupeWindowSeconds: 86_400 });
  });

  test.each(['', '0', '-1', '1.5', '1e3', '9'.repeat(30), 'yes', '60, 60'])(
    'says nothing with the window "%s"',
    async (window) => {
      const headers = { 'ephemetry-dedupe': window };
      const { url } = await receiverFor({ behaviour: { kind: 'status', status: 200, headers, body: '{}' } });
      expect(await postBatch(endpointOf(url), BODY)).toEqual({ kind: 'delivered' });
    },
  );
});
