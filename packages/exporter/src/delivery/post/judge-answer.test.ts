// biome-ignore-all lint/style/noExcessiveLinesPerFile: a table of answers, each with its judgement
/** What real answers say of a batch: only what speaks OTLP delivers or rejects one. */
import type { OutgoingHttpHeaders } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { otlpBody } from './fixtures/otlp-body.ts';
import { endpointOf, failureOf, receiverFor, serve, serveSocket } from './fixtures/real-endpoints.ts';
import { postBatch } from './post-batch.ts';
import type { PostOutcome } from './post-outcome.ts';

const BODY = Buffer.from(otlpBody(1, 1));
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8' };

interface Said {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** Posts to a server that reads the batch and answers so. */
async function postTo(
  { status, headers = {}, body = '' }: Said,
  change: Partial<Endpoint> = {},
): Promise<PostOutcome> {
  const url = await serve((incoming, answer) => {
    incoming.resume().on('end', () => answer.writeHead(status, headers).end(body));
  });
  return await postBatch(endpointOf(url, change), BODY);
}

describe('a delivery', () => {
  test.each<[string, Said]>([
    ['JSON', { status: 200, headers: JSON_TYPE, body: '{}' }],
    [
      'JSON with parameters of its type',
      { status: 200, headers: { 'content-type': 'Application/JSON; charset=utf-8' }, body: ' {}\n' },
    ],
    ['JSON with fields of a later version', { status: 200, headers: JSON_TYPE, body: '{"later":1}' }],
    [
      'JSON without a refused point',
      {
        status: 200,
        headers: JSON_TYPE,
        body: '{"partialSuccess":{"rejectedDataPoints":"0","errorMessage":"a warning"}}',
      },
    ],
    ['JSON with null', { status: 200, headers: JSON_TYPE, body: '{"partialSuccess":null}' }],
    ['protobuf', { status: 200, headers: PROTOBUF_TYPE, body: Buffer.from([0x0a, 0]) }],
    [
      'protobuf with fields of a later version',
      {
        status: 200,
        headers: PROTOBUF_TYPE,
        body: Buffer.from([0x55, 1, 2, 3, 4, 0x99, 6, 1, 2, 3, 4, 5, 6, 7, 8]),
      },
    ],
    ['an empty body', { status: 200 }],
    ['an empty body of any type', { status: 200, headers: TEXT_TYPE }],
    ['201', { status: 201, headers: JSON_TYPE, body: '{}' }],
    ['204', { status: 204 }],
    ['299', { status: 299 }],
  ])('is said by %s', async (_, said) => {
    expect(await postTo(said)).toEqual({ kind: 'delivered' });
  });
});

describe('a 2xx that does not speak OTLP leaves the batch in doubt', () => {
  test.each<[string, Said]>([
    ['text/html; charset=utf-8', { status: 200, headers: HTML_TYPE, body: '<html>Please log in</html>' }],
    ['text/plain; charset=utf-8: OK', { status: 202, headers: TEXT_TYPE, body: 'OK' }],
    ['no content-type', { status: 200, body: '{}' }],
    ['application/json', { status: 200, headers: JSON_TYPE, body: 'not json' }],
    ['application/json', { status: 200, headers: JSON_TYPE, body: '[]' }],
    ['application/json', { status: 200, headers: JSON_TYPE, body: 'null' }],
    ['application/x-protobuf', { status: 200, headers: PROTOBUF_TYPE, body: '<html>' }],
    ['application/x-protobuf', { status: 200, headers: PROTOBUF_TYPE, body: Buffer.from([0x0a, 9, 1]) }],
    [
      'application/problem+json',
      { status: 200, headers: { 'content-type': 'application/problem+json' }, body: '{}' },
    ],
    ['it is longer than 65536 bytes', { status: 200, headers: JSON_TYPE, body: `{}${' '.repeat(65_536)}` }],
  ])('%s', async (detail, said) => {
    expect(await postTo(said)).toEqual({
      kind: 'failed',
      failure: {
        kind: 'not-otlp',
        endpoint: expect.any(String),
        status: said.status,
        detail: expect.stringContaining(detail),
      },
      isSentWhole: true,
    });
  });

  test.each<Said>([
    { status: 200, headers: HTML_TYPE, body: '<html>Please log in</html>' },
    { status: 202, headers: TEXT_TYPE, body: 'OK' },
    { status: 200, body: '{}' },
  ])('unless EPHEMETRY_ACCEPT_ANY_2XX says that it does: %j', async (said) => {
    expect(await postTo(said, { acceptsAny2xx: true })).toEqual({ kind: 'delivered' });
  });
});

test('an answer that changes the protocol is noticed at once', async () => {
  const url = await serveSocket((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
  });
  expect(await postBatch(endpointOf(url, { timeoutMs: 60_000 }), BODY)).toEqual({
    kind: 'failed',
    failure: { kind: 'not-otlp', endpoint: url, status: 101, detail: 'it changes the protocol' },
    isSentWhole: true,
  });
});

describe('an answer that breaks off', () => {
  test.each<[OutgoingHttpHeaders, string]>([
    [JSON_TYPE, 'delivered'],
    [PROTOBUF_TYPE, 'delivered'],
    [HTML_TYPE, 'failed'],
    [{}, 'failed'],
  ])('behind a 200 with %j: %s', async (headers, kind) => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => {
        answer.writeHead(200, { ...headers, 'content-length': 10 }).write('{}');
        setImmediate(() => answer.destroy());
      });
    });
    expect(await postBatch(endpointOf(url), BODY)).toMatchObject({ kind });
  });

  test('behind a 400 says nothing of the batch', async () => {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => {
        answer.writeHead(400, { ...JSON_TYPE, 'content-length': 100 }).write('{"message":');
        setImmediate(() => answer.destroy());
      });
    });
    expect(await postBatch(endpointOf(url), BODY)).toMatchObject({
      failure: { kind: 'not-otlp', status: 400, detail: 'the answer broke off' },
      isSentWhole: false,
    });
  });

  test('by never ending is a delivery when the time is over: its head says so', async () => {
    const { url } = await receiverFor({ behaviour: { kind: 'drip' } });
    expect(await postBatch(endpointOf(url), BODY, { timeoutMs: 150 })).toEqual({ kind: 'delivered' });
  });
});

describe('what the status of a failure means', () => {
  test.each([
    ...[408, 425, 429, 500, 501, 502, 503, 504, 511, 599].map((status) => [status, 'busy'] as const),
    ...[300, 301, 302, 303, 307, 308, 399].map((status) => [status, 'misconfigured'] as const),
    ...[401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 412, 414, 415].map(
      (status) => [status, 'misconfigured'] as const,
    ),
    ...[416, 417, 418, 421, 423, 424, 426, 428, 431, 451, 499].map(
      (status) => [status, 'misconfigured'] as const,
    ),
    ...[400, 413, 422].map((status) => [status, 'rejected'] as const),
  ])('%d said in OTLP is %s', async (status, kind) => {
    const { url } = await receiverFor({ behaviour: { kind: 'status', status } });
    expect(await postBatch(endpointOf(url), BODY)).toEqual({
      kind: 'failed',
      failure: { kind, endpoint: url, status, detail: `the receiver was told to answer ${status}` },
      isSentWhole: false,
    });
  });

  test.each<[string, Said]>([
    [
      'a page',
      { status: 400, headers: HTML_TYPE, body: '<html><head><title>400 Bad Request</title></head></html>' },
    ],
    ['plain text', { status: 400, headers: TEXT_TYPE, body: 'bad request' }],
    ['nothing', { status: 400 }],
    ['nothing as JSON', { status: 413, headers: JSON_TYPE }],
    [
      'the JSON of another API',
      { status: 400, headers: JSON_TYPE, body: '{"statusCode":400,"error":"Bad Request","message":"no"}' },
    ],
    ['an empty object', { status: 400, headers: JSON_TYPE, body: '{}' }],
    ['a list', { status: 422, headers: JSON_TYPE, body: '["no"]' }],
    ['an object as message', { status: 422, headers: JSON_TYPE, body: '{"message":{"code":3}}' }],
    ['protobuf that is none', { status: 400, headers: PROTOBUF_TYPE, body: '<html>' }],
  ])('a refusal that is %s rejects no batch', async (_, said) => {
    expect(await postTo(said)).toMatchObject({
      failure: { kind: 'not-otlp', status: said.status },
      isSentWhole: false,
    });
  });

  test.each<[string, Said, string]>([
    [
      'JSON',
      { status: 400, headers: JSON_TYPE, body: '{"code":3,"message":"no such unit","details":[]}' },
      'no such unit',
    ],
    ['JSON without a message', { status: 400, headers: JSON_TYPE, body: '{"code":3}' }, 'Bad Request'],
    [
      'protobuf',
      { status: 400, headers: PROTOBUF_TYPE, body: Buffer.from([8, 3, 0x12, 2, 0x6e, 0x6f]) },
      'no',
    ],
  ])('a refusal as a Status in %s rejects the batch', async (_, said, detail) => {
    expect(await postTo(said)).toMatchObject({ failure: { kind: 'rejected', status: 400, detail } });
  });

  test.each([500, 502, 503, 504])(
    '%d by what does not speak OTLP leaves the batch in doubt',
    async (status) => {
      expect(await postTo({ status, headers: HTML_TYPE, body: '<html>' })).toMatchObject({
        failure: { kind: 'busy', status },
        isSentWhole: true,
      });
    },
  );

  test('a redirect is not followed: it could carry the headers to another host', async () => {
    const target = await receiverFor({});
    const headers = { location: `${target.url}?key=s3cret` };
    const outcome = await postTo({ status: 307, headers });
    expect(failureOf(outcome)).toMatchObject({
      kind: 'misconfigured',
      detail: `Temporary Redirect; it redirects to ${target.url}: use that URL, if you trust it`,
    });
    expect(target.connections).toBe(0);
  });
});

describe('of a failure people see one line of plain text', () => {
  test.each<[Said, string]>([
    [{ status: 403 }, 'Forbidden'],
    [{ status: 403, headers: JSON_TYPE, body: '{"message":""}' }, 'Forbidden'],
    [{ status: 403, headers: JSON_TYPE, body: '{"message":"a\\n\\u001b[31mb\\u0000c"}' }, 'a [31mb c'],
    [
      { status: 403, headers: JSON_TYPE, body: JSON.stringify({ message: 'x'.repeat(500) }) },
      'x'.repeat(200),
    ],
    [{ status: 403, headers: TEXT_TYPE, body: 'no\nentry\n' }, 'no entry'],
  ])('%j: %s', async (said, detail) => {
    expect(failureOf(await postTo(said))).toMatchObject({ detail });
  });
});

test('an error page that quotes the request shows none of its credentials', async () => {
  const url = await serve((incoming, answer) => {
    const page = `${incoming.headers.authorization} may not post to ${incoming.url}, ${incoming.headers['x-api-key']}`;
    incoming.resume().on('end', () => answer.writeHead(403, TEXT_TYPE).end(page));
  });
  const headers = { authorization: 'Bearer s3cret-token', 'x-api-key': 's3cret-key' };
  const outcome = await postBatch(endpointOf(`${url}?key=s3cret%2Fkey`, { headers }), BODY);
  const { detail } = { detail: '', ...failureOf(outcome) };
  expect(detail).toMatch(/^\.\.\. may not post to /);
  expect(detail).not.toContain('s3cret');
});

describe('a partial success', () => {
  const five = Buffer.from(`[${Array.from({ length: 5 }, () => BODY).join(',')}]`);

  async function refusedOf(headers: OutgoingHttpHeaders, body: string | Uint8Array): Promise<unknown> {
    const url = await serve((incoming, answer) => {
      incoming.resume().on('end', () => answer.writeHead(200, headers).end(body));
    });
    const outcome = await postBatch(endpointOf(url), five);
    return outcome.kind === 'delivered' ? outcome.partial : outcome;
  }

  function partialOf(rejectedDataPoints: unknown, errorMessage?: unknown): string {
    return JSON.stringify({ partialSuccess: { rejectedDataPoints, errorMessage } });
  }

  test.each([
    ['2', 'no', 2, 'no'],
    [3, '', 3, 'no reason given'],
    ['4', undefined, 4, 'no reason given'],
    [1, 7, 1, '7'],
    [5, 'all', 5, 'all'],
  ])('of %j points is a delivery with a loss', async (rejected, message, points, detail) => {
    expect(await refusedOf(JSON_TYPE, partialOf(rejected, message))).toEqual({
      kind: 'partial',
      endpoint: expect.any(String),
      rejectedDataPoints: points,
      detail,
    });
  });

  test.each(['1e400', '0.5', '-1', '"many"', 'true', '[3]', '{}', '"1e400"', '-0', 'null'])(
    'of %s points loses nothing that could be counted',
    async (count) => {
      expect(
        await refusedOf(JSON_TYPE, `{"partialSuccess":{"rejectedDataPoints":${count}}}`),
      ).toBeUndefined();
    },
  );

  test.each([6, 9_007_199_254_740_991])(
    'of %d points cannot have lost more than the batch had',
    async (count) => {
      expect(await refusedOf(JSON_TYPE, partialOf(count))).toMatchObject({ rejectedDataPoints: 5 });
    },
  );

  const protobuf = Buffer.from([0x0a, 6, 8, 2, 0x12, 2, 0x6e, 0x6f]);

  test.each([
    ['an object that cannot be turned into text', '{"toString":null,"valueOf":null}'],
    ['a list that is nested deeply', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ])('whose message is %s has no message', async (_, message) => {
    const body = `{"partialSuccess":{"rejectedDataPoints":1,"errorMessage":${message}}}`;
    expect(await postTo({ status: 200, headers: JSON_TYPE, body })).toMatchObject({
      kind: 'delivered',
      partial: { rejectedDataPoints: 1, detail: 'no reason given' },
    });
  });

  test('in protobuf is read as well', async () => {
    expect(await refusedOf(PROTOBUF_TYPE, protobuf)).toMatchObject({ rejectedDataPoints: 2, detail: 'no' });
  });

  test('of -1 points in protobuf loses nothing that could be counted', async () => {
    const minusOne = Buffer.from([0x0a, 11, 8, ...Array.from({ length: 9 }, () => 0xff), 1]);
    expect(await refusedOf(PROTOBUF_TYPE, minusOne)).toBeUndefined();
  });

  test.each<[string, Uint8Array]>([
    ['gzip', gzipSync(partialOf(2))],
    ['X-Gzip', gzipSync(partialOf(2))],
    ['deflate', deflateSync(partialOf(2))],
    ['deflate', deflateRawSync(partialOf(2))],
    ['br', brotliCompressSync(partialOf(2))],
    ['identity', Buffer.from(partialOf(2))],
  ])('is not hidden by %s', async (encoding, body) => {
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    expect(await refusedOf(headers, body)).toMatchObject({ rejectedDataPoints: 2 });
  });
});

describe('an answer that cannot be unpacked is none of OTLP', () => {
  test.each<[string, Uint8Array, string]>([
    ['gzip', Buffer.from('{}'), 'cannot be unpacked from gzip'],
    ['gzip', gzipSync(Buffer.alloc(32 * 1024 * 1024)), 'cannot be unpacked from gzip'],
    ['deflate', Buffer.from([0x78]), 'cannot be unpacked from deflate'],
    ['rot13', Buffer.from('{}'), 'content-encoding is rot13'],
  ])('%s', async (encoding, body, detail) => {
    const outcome = await postTo({
      status: 200,
      headers: { ...JSON_TYPE, 'content-encoding': encoding },
      body,
    });
    expect(failureOf(outcome)).toMatchObject({ kind: 'not-otlp', detail: expect.stringContaining(detail) });
  });
});

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['30', 30_000],
    ['300', 300_000],
    ['301', 300_000],
    ['31536000', 300_000],
    ['9'.repeat(400), 300_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 300_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
  ])('%s', async (text, expected) => {
    expect(failureOf(await postTo({ status: 503, headers: { 'retry-after': text } }))['retryAfterMs']).toBe(
      expected,
    );
  });

  test('a date in a minute', async () => {
    const headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() };
    const inAMinute = failureOf(await postTo({ status: 503, headers }))['retryAfterMs'];
    expect(inAMinute).toBeGreaterThan(50_000);
    expect(inAMinute).toBeLessThanOrEqual(60_000);
  });
});

test('a fault of ours while an answer is judged leaves the batch in doubt, and is not thrown into the host', async () => {
  const url = await serve((_, answer) => answer.end('not OTLP'));
  const endpoint = Object.defineProperty(endpointOf(url), 'acceptsAny2xx', {
    get: () => {
      throw new Error('a fault of ours');
    },
  });
  const outcome = await postBatch(endpoint, BODY);
  expect(outcome).toMatchObject({ isSentWhole: true, failure: { detail: 'a fault of ours' } });
});
