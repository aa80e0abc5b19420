/** Web servers as they are and as they should not be, over real sockets. */
import { gzipSync } from 'node:zlib';
import { waitFor } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { answering, closedPort, page, startServer } from '../fixtures/servers.ts';
import { httpTarget, plain, probe } from '../fixtures/targets.ts';

/** So short that a test of silence does not last; long enough for loopback. */
const SHORT = { timeoutMs: 2_000 };

test('a page is up, with the times of its phases', async () => {
  const { port } = await startServer(answering(page(200, 'ok')));
  const facts = await probe(httpTarget(port, { url: plain(`http://localhost:${port}/`) }));
  expect(facts.finding).toEqual({ kind: 'answered' });
  expect(Object.keys(facts.phases)).toEqual(['resolve', 'connect', 'first_byte', 'transfer']);
  for (const seconds of Object.values(facts.phases)) expect(seconds).toBeLessThanOrEqual(facts.seconds);
});

test('method, headers, body and query reach the server', async () => {
  let seen = '';
  const { port } = await startServer((socket) => {
    socket.on('data', (piece) => {
      seen += piece;
      if (seen.endsWith('ping')) socket.end(page(204));
    });
  });
  const facts = await probe(
    httpTarget(port, {
      url: plain(`http://reader:pass%20word@127.0.0.1:${port}/a?b=c`),
      method: 'post',
      headers: { 'X-Team': plain('red') },
      body: plain('ping'),
    }),
  );
  expect(facts.finding.kind).toBe('answered');
  expect(seen).toMatch(/^POST \/a\?b=c HTTP\/1\.1\r\n/);
  expect(seen).toContain('x-team: red\r\n');
  expect(seen).toContain(`authorization: Basic ${Buffer.from('reader:pass word').toString('base64')}\r\n`);
  expect(seen).toContain('content-length: 4\r\n');
});

test('a header that no wire can carry leaves no connection open', async () => {
  let closed = 0;
  const { port, connections } = await startServer((socket) => {
    socket.on('close', () => (closed += 1)).on('end', () => socket.end());
    socket.resume();
  });
  const { finding } = await probe(httpTarget(port, { headers: { 'x-key': plain('two\nlines') } }));
  expect(finding).toEqual({ kind: 'unmeasured', reason: 'the probe cannot be made (ERR_INVALID_CHAR)' });
  await waitFor(() => connections() > 0 && closed === connections(), { what: 'the end of the connection' });
});

describe('a wrong answer is told from silence', () => {
  const cases: readonly [string, Parameters<typeof startServer>[0], string, RegExp][] = [
    ['another status', answering(page(503)), 'wrong', /status 503, expected is 200-299/],
    ['garbage', answering('\u0000\u0001 no HTTP at all\r\n\r\n'), 'wrong', /answer failed \(HPE_/],
    [
      'endless headers',
      answering(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
      'wrong',
      /HPE_HEADER_OVERFLOW/,
    ],
    ['a close without an answer', (socket) => socket.end(), 'wrong', /closed the connection/],
    [
      'a close in the middle',
      answering('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
      'wrong',
      /closed the connection during the transfer/,
    ],
    [
      'a reset',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      'wrong',
      /closed the connection/,
    ],
    ['endless notices', answering('HTTP/1.1 102 Wait\r\n\r\n'.repeat(1_000)), 'wrong', /endless notices/],
    [
      'another protocol',
      answering('HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'wrong',
      /status 101/,
    ],
    ['silence', () => {}, 'silent', /connected, but the wait for its answer took too long/],
    ['silence after notices', answerOpen('HTTP/1.1 100 Continue\r\n\r\n'), 'silent', /took too long/],
    [
      'silence in the body',
      answerOpen('HTTP/1.1 200 OK\r\n\r\nso'),
      'silent',
      /the transfer of its answer took too long/,
    ],
    ['one byte at a time', drip('HTTP/1.1 200 OK\r\n\r\n'), 'silent', /took too long/],
  ];
  test.concurrent.each(cases)('%s', async (_name, serve, kind, reason) => {
    const { port } = await startServer(serve);
    const { finding, seconds } = await probe(httpTarget(port, {}, kind === 'silent' ? SHORT : {}));
    expect(finding).toEqual({ kind, reason: expect.stringMatching(reason) });
    // Its deadline holds, however the server trickles.
    if (kind === 'silent') expect(seconds).toBeLessThan(10);
  });

  test('nobody listens', async () => {
    const { finding, phases } = await probe(httpTarget(await closedPort()));
    expect(finding.kind).toBe('refused');
    expect(Object.keys(phases)).toEqual(['resolve']);
  });
});

describe('what is expected of the body', () => {
  const cases: readonly [string, object, string | Buffer, string][] = [
    ['a text that is there', { text: 'ready' }, page(200, 'all ready'), ''],
    [
      'a text that is not there',
      { text: 'ready' },
      page(200, 'starting'),
      'does not contain the expected text',
    ],
    [
      'JSON with more in it',
      { json: { status: 'ok', parts: [1, { a: null }] } },
      page(200, '{"status":"ok","more":1,"parts":[1,{"a":null,"b":2}]}'),
      '',
    ],
    [
      'JSON with another value',
      { json: { status: 'ok' } },
      page(200, '{"status":"OK"}'),
      'does not contain the expected JSON',
    ],
    [
      'JSON without the property',
      { json: { constructor: null } },
      page(200, '{}'),
      'does not contain the expected JSON',
    ],
    [
      'a list instead of an object',
      { json: { length: 0 } },
      page(200, '[]'),
      'does not contain the expected JSON',
    ],
    ['no JSON', { json: { status: 'ok' } }, page(200, 'status: ok'), 'must be JSON, but is not'],
    ['deep JSON', { json: { a: 1 } }, page(200, '['.repeat(200_000)), 'must be JSON, but is not'],
    [
      'a gzip bomb',
      { text: 'x' },
      page(200, gzipSync(Buffer.alloc(50_000_000)), 'content-encoding: gzip\r\n'),
      'packed, though it was asked not to be',
    ],
    ['a huge body', { text: 'end' }, page(200, `${'y'.repeat(2_000_000)}end`), 'longer than 1048576 bytes'],
    ['a status of its own', { status: [{ from: 401, to: 401 }] }, page(401), ''],
    [
      'no redirect, but the redirect itself',
      { status: [{ from: 302, to: 302 }] },
      page(302, '', 'location: /x\r\n'),
      '',
    ],
  ];
  test.concurrent.each(cases)('%s', async (_name, expect_, answer, fault) => {
    const { port } = await startServer(answering(answer));
    const { finding } = await probe(httpTarget(port, { expect: expect_ }));
    if (fault === '') expect(finding).toEqual({ kind: 'answered' });
    else expect(finding).toEqual({ kind: 'wrong', reason: expect.stringContaining(fault) });
  });

  test('an endless body that nobody asked about is not read to its end', async () => {
    let written = 0;
    const { port } = await startServer((socket) => {
      const piece = Buffer.alloc(64 * 1024);
      const write = (): void => {
        while (!socket.destroyed && socket.write(piece)) written += piece.length;
      };
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.on('drain', write);
        write();
      });
    });
    const { finding, phases } = await probe(httpTarget(port, { bodyLimitBytes: 100_000 }));
    expect(finding).toEqual({ kind: 'answered' });
    expect(phases.transfer).toBeUndefined();
    expect(written).toBeLessThan(50_000_000);
  });
});

function answerOpen(text: string): Parameters<typeof startServer>[0] {
  return (socket) => void socket.once('data', () => socket.write(text));
}

/** So that no wait begins anew with each byte. */
function drip(text: string): Parameters<typeof startServer>[0] {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 30);
    socket.on('close', () => clearInterval(timer));
  };
}
