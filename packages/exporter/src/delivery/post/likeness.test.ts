/** What stands at an endpoint by mistake is recognised by what it really says, and people are told what to do. */
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, type OutgoingHttpHeaders, request } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DeliveryFailure, describeFailure } from '../../verdict.ts';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, receiverFor, serve, serveSocket } from './fixtures/real-endpoints.ts';
import { postBatch } from './post-batch.ts';

const BODY = Buffer.from(otlpBody(1, 1));
const GRPC = 'this looks like a gRPC port; use the OTLP/HTTP port, usually 4318';
const TLS_PORT = 'this looks like a port with TLS: use https://';

/** What people are told of an endpoint. */
async function toldOf(url: string): Promise<DeliveryFailure> {
  const isTls = url.startsWith('https:');
  const agent = isTls ? new TlsAgent() : new Agent();
  onTestFinished(() => agent.destroy());
  const outcome = await postBatch(endpointOf(url, { request: isTls ? tlsRequest : request, agent }), BODY);
  if (outcome.kind !== 'failed') throw new Error('a failure is expected');
  return outcome.failure;
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
}

describe('a gRPC port', () => {
  test('that speaks HTTP/2 first', async () => {
    expect(await toldOf(await listen(createHttp2Server()))).toMatchObject({
      kind: 'unreachable',
      detail: expect.stringContaining(GRPC),
    });
  });

  test('that answers HTTP/1.1', async () => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => answer.writeHead(415, { 'content-type': 'application/grpc' }).end());
    });
    expect(await toldOf(url)).toMatchObject({ kind: 'misconfigured', detail: expect.stringContaining(GRPC) });
  });
});

describe('a port with TLS', () => {
  test.each([
    ['Go', 'text/plain', 'Client sent an HTTP request to an HTTPS server.\n'],
    ['nginx', 'text/html', '<center>The plain HTTP request was sent to HTTPS port</center>'],
    ['Apache', 'text/html', "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />"],
  ])('of %s', async (_, type, body) => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => answer.writeHead(400, { 'content-type': type }).end(body));
    });
    expect(await toldOf(url)).toMatchObject({ kind: 'not-otlp', detail: expect.stringContaining(TLS_PORT) });
  });

  test('that sends an alert of TLS', async () => {
    const url = await serveSocket((socket) => {
      socket.once('data', () => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])));
    });
    expect(await toldOf(url)).toMatchObject({ detail: expect.stringContaining(TLS_PORT) });
  });
});

test('a port without TLS', async () => {
  const { url } = await receiverFor({});
  expect(await toldOf(url.replace('http:', 'https:'))).toMatchObject({
    kind: 'tls',
    detail: expect.stringContaining('this looks like a port without TLS: use http://'),
  });
});

test('something that is not HTTP', async () => {
  const url = await serveSocket((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  expect(await toldOf(url)).toMatchObject({ detail: expect.stringContaining('this is not HTTP') });
});

test.each([
  ['401 Unauthorized\n', 'it says "401 Unauthorized"; this is not HTTP'],
  ['\x1b[2Jgo away', 'this is not HTTP'],
])('what answers %j is there: it is not called out of reach', async (said, detail) => {
  const url = await serveSocket((socket) => socket.once('data', () => socket.end(said)));
  const failure = await toldOf(url);
  expect(failure).toMatchObject({
    kind: 'unreachable',
    isAnswered: true,
    detail: expect.stringContaining(detail),
  });
  expect(describeFailure(failure)).toContain('answered, but not in HTTP (');
  expect(describeFailure(failure)).not.toMatch(/[^\x20-\x7e]/);
});

test.each([
  ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 20)}\r\n\r\n`, 'its answer is too large'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}', 'not valid HTTP'],
])('an HTTP server that answers with %s is not called another kind of server', async (_, answer, said) => {
  const url = await serveSocket((socket) => socket.write(answer));
  const failure = await toldOf(url);
  expect(failure).toMatchObject({ detail: expect.stringContaining(said) });
  expect(failure).not.toMatchObject({ detail: expect.stringContaining('this is not HTTP') });
});

describe('an answer in HTTP', () => {
  test.each<[string, number, OutgoingHttpHeaders, string, string]>([
    [
      'a login page',
      200,
      { 'content-type': 'text/html' },
      '<html>',
      'this looks like a web page, perhaps a login',
    ],
    [
      'a redirect to TLS',
      308,
      { location: 'https://c:4318/v1/metrics?key=s3cret' },
      '',
      'it redirects to https://c:4318/v1/metrics: use that URL',
    ],
    [
      'Prometheus without its flag',
      400,
      { 'content-type': 'text/plain' },
      'invalid temporality and type combination for metric "x"',
      '--enable-feature=otlp-native-delta-ingestion',
    ],
    [
      'a backend that wants totals',
      400,
      { 'content-type': 'application/json' },
      '{"code":3,"message":"delta sums are not supported"}',
      'deltatocumulative',
    ],
    [
      'a receiver with its own words',
      202,
      { 'content-type': 'text/plain' },
      'OK',
      'set EPHEMETRY_ACCEPT_ANY_2XX=on',
    ],
  ])('of %s', async (_, status, headers, body, likeness) => {
    const server = createHttpServer((incoming, answer) => {
      incoming.resume().on('end', () => answer.writeHead(status, headers).end(body));
    });
    const told = await toldOf(await listen(server));
    expect(told).toMatchObject({ detail: expect.stringContaining(likeness) });
    expect(JSON.stringify(told)).not.toContain('s3cret');
  });
});
