/** What the `OTEL_EXPORTER_OTLP_*` family and the options say reaches a delivery. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Receiver, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../generated/version.ts';
import { makePipe } from '../../spool/fixtures/make-pipe.ts';
import { configureEndpoint } from './endpoint-configuration.ts';
import { otlpBody } from './fixtures/otlp-body.ts';
import { postBatch } from './post-batch.ts';

const USER_AGENT = `Ephemetry-OTLP-Exporter-JavaScript/${VERSION}`;
const DEFAULT_URL = 'http://localhost:4318/v1/metrics';
const configure = (
  env: Record<string, string>,
  options: Parameters<typeof configureEndpoint>[1] = {},
): ReturnType<typeof configureEndpoint> => configureEndpoint(env, options);

async function receiverFor(tls: boolean): Promise<Receiver> {
  const receiver = await startReceiver({ tls });
  onTestFinished(() => receiver.stop());
  return receiver;
}

test('without settings: the local Collector, JSON, 10 s, no compression', async () => {
  const { endpoint, problems } = configure({});
  expect(endpoint).toMatchObject({ url: DEFAULT_URL, gzip: undefined, timeoutMs: 10_000 });
  expect(endpoint.headers).toEqual({ 'content-type': 'application/json', 'user-agent': USER_AGENT });
  expect(problems).toEqual([]);
});

describe('the URL', () => {
  test.each<[Record<string, string>, string | undefined, string]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, undefined, 'http://c:4318/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/otlp/' }, undefined, 'http://c:4318/otlp/v1/metrics'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m:1/all',
      },
      undefined,
      'https://m:1/all',
    ],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:1/all' }, 'http://option:2/x', 'http://option:2/x'],
  ])('%j and option %s', async (env, endpoint, url) => {
    const { endpoint: configured, problems } = configure(env, endpoint === undefined ? {} : { endpoint });
    expect(configured.url).toBe(url);
    expect(problems).toEqual([]);
  });

  test.each(['localhost:4318', 'grpc://c:4317', 'not a url', 'unix:///run/otel.sock'])(
    'a wrong option is said, the default is used: %s',
    async (endpoint) => {
      const { endpoint: configured, problems } = configure({}, { endpoint });
      expect(configured.url).toBe(DEFAULT_URL);
      expect(problems).toEqual([
        `the endpoint is "${endpoint}"; allowed: an http:// or https:// URL (option endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT). Using ${DEFAULT_URL}`,
      ]);
    },
  );

  test('a wrong option gives way to the environment, and says what is used', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };
    const { endpoint, problems } = configure(env, { endpoint: 'nonsense' });
    expect(endpoint.url).toBe('http://c:4318/v1/metrics');
    expect(problems).toEqual([expect.stringMatching(/"nonsense".*Using http:\/\/c:4318\/v1\/metrics$/)]);
  });

  test.each(['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'])(
    'a wrong %s is said',
    async (name) => {
      const { endpoint, problems } = configure({ [name]: 'localhost:4318' });
      expect(endpoint.url).toBe(DEFAULT_URL);
      expect(problems.join('\n')).toContain('localhost:4318');
    },
  );
});

test.each<[Record<string, string>, string | undefined]>([
  [{}, 'https//ci:s3cret@c'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ci:s3cret@c:4318' }, 'nonsense'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ci:s3cret@c:4318 ' }, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https//ci:s3cret@c' }, undefined],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https//ci:s3cret@c' }, undefined],
])('what is wrong is said without credentials: %j and option %s', async (env, endpoint) => {
  const { problems } = configure(env, endpoint === undefined ? {} : { endpoint });
  expect(problems).not.toEqual([]);
  expect(problems.join('\n')).not.toContain('s3cret');
});

test('headers: the METRICS variant wins over the general one, an option over both, by name', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=general,c=general%20text',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=metrics,d=metrics',
  };
  const { endpoint } = configure(env, { headers: { d: 'option' } });
  expect(endpoint.headers).toMatchObject({ a: 'general', b: 'metrics', c: 'general text', d: 'option' });
});

test.each<[Record<string, string>, number | undefined, number]>([
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700' }, undefined, 700],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '800' }, undefined, 800],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700' }, 900, 900],
])('timeout: %j and option %s', async (env, timeoutMs, expected) => {
  const { endpoint } = configure(env, timeoutMs === undefined ? {} : { timeoutMs });
  expect(endpoint.timeoutMs).toBe(expected);
});

test.each<[Record<string, string>, boolean]>([
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, true],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' }, false],
  [{ OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip' }, true],
])('compression: %j', async (env, isGzip) => {
  expect(configure(env).endpoint.gzip !== undefined).toBe(isGzip);
});

test.each([
  { OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' },
  { OTEL_EXPORTER_OTLP_TIMEOUT: '-1' },
  { OTEL_EXPORTER_OTLP_COMPRESSION: 'brotli' },
  { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1' },
])('a wrong value is said, the default is used: %j', async (env) => {
  const { endpoint, problems } = configure(env);
  expect(endpoint).toMatchObject({ timeoutMs: 10_000, gzip: undefined });
  expect(problems).toHaveLength(1);
});

describe('certificates', () => {
  test.each(['OTEL_EXPORTER_OTLP_CERTIFICATE', 'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE'])(
    '%s',
    async (name) => {
      const receiver = await receiverFor(true);
      using directory = temporaryDirectory();
      const file = join(directory.path, 'ca.pem');
      writeFileSync(file, receiver.certificate ?? '');
      const env = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url };
      const untrusting = configure(env).endpoint;
      const trusting = configure({ ...env, [name]: file }).endpoint;
      expect(await postBatch(untrusting, Buffer.from(otlpBody(1, 1)))).toMatchObject({
        failure: { kind: 'tls' },
      });
      expect(await postBatch(trusting, Buffer.from(otlpBody(1, 1)))).toEqual({ kind: 'delivered' });
    },
  );
});

test.each([
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/', OTEL_EXPORTER_OTLP_TIMEOUT: '700' },
  {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:1/all?key=v',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: ' 8e2 ',
  },
  { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m', OTEL_EXPORTER_OTLP_COMPRESSION: ' gzip ' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: '  ', OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b = two%20words ,c=d=e,' },
  { OTEL_EXPORTER_OTLP_HEADERS: 'a=general', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=metrics' },
])('is what OpenTelemetry itself reads: %j', async (env) => {
  const before = process.env;
  process.env = { ...before, ...env };
  onTestFinished(() => {
    process.env = before;
  });
  const official = convertLegacyHttpOptions({}, 'METRICS', 'v1/metrics', {});
  const { endpoint } = configure(env);
  expect(endpoint).toMatchObject({ url: official.url, timeoutMs: official.timeoutMillis });
  expect(endpoint.headers).toMatchObject(await official.headers());
  expect(endpoint.gzip !== undefined).toBe(official.compression === 'gzip');
});

test('a header that is malformed is left out and not quoted: it may be a token', () => {
  const { endpoint, problems } = configure({
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization: Bearer s3cret=,a=1,s3cret,b=%zz,=s3cret',
  });
  expect(endpoint.headers).toMatchObject({ a: '1' });
  expect(problems).toHaveLength(4);
  expect(problems.join('\n')).not.toContain('s3cret');
});

test('a User-Agent of the user is put in front of ours', async () => {
  const receiver = await receiverFor(false);
  const env = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url };
  const { endpoint } = configure(env, { headers: { 'User-Agent': 'nightly/7' } });
  expect(await postBatch(endpoint, Buffer.from(otlpBody(1, 1)))).toEqual({ kind: 'delivered' });
  expect(receiver.requests[0]?.headers['user-agent']).toBe(`nightly/7 ${USER_AGENT}`);
});

describe('a certificate that is no file', () => {
  test.each<[string, (path: string) => void, string]>([
    ['a pipe', makePipe, 'must be a regular file'],
    ['a folder', mkdirSync, 'must be a regular file'],
    [
      'too large',
      (path) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1)),
      'must have at most 1048576 bytes',
    ],
    ['not there', () => {}, 'ENOENT'],
  ])('%s: said, and waited for by nobody', (_, make, why) => {
    const { path, remove } = temporaryDirectory();
    onTestFinished(remove);
    const file = join(path, 'ca.pem');
    make(file);
    const { problems } = configure({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: file,
    });
    expect(problems).toEqual([expect.stringContaining('OTEL_EXPORTER_OTLP_CLIENT_KEY cannot be read')]);
    expect(problems[0]).toContain(why);
  });

  test('is not looked at where nothing needs it', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' };
    expect(configure(env).problems).toEqual([]);
  });
});
