/** The `OTEL_EXPORTER_OTLP_*` family reaches a delivery. The thread reads `process.env`, so these tests set it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Receiver, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EndpointOptions } from '../messages.ts';
import type { Endpoint } from './endpoint.ts';
import { configureEndpoint } from './endpoint-configuration.ts';
import { otlpBody } from './fixtures/otlp-body.ts';
import { postBatch } from './post-batch.ts';

const DEFAULT_URL = 'http://localhost:4318/v1/metrics';

async function configure(
  env: Record<string, string>,
  options: EndpointOptions = {},
): Promise<{ endpoint: Endpoint; problems: string[] }> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await configureEndpoint(options);
  } finally {
    process.env = before;
  }
}

async function receiverFor(tls: boolean): Promise<Receiver> {
  const receiver = await startReceiver({ tls });
  onTestFinished(() => receiver.stop());
  return receiver;
}

test('without settings: the local Collector, JSON, 10 s, no compression', async () => {
  const { endpoint, problems } = await configure({});
  expect(endpoint).toMatchObject({ url: DEFAULT_URL, gzip: undefined, timeoutMs: 10_000 });
  expect(Object.entries(endpoint.headers).map(([name, value]) => [name.toLowerCase(), value])).toContainEqual(
    ['content-type', 'application/json'],
  );
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
    const { endpoint: configured, problems } = await configure(
      env,
      endpoint === undefined ? {} : { endpoint },
    );
    expect(configured.url).toBe(url);
    expect(problems).toEqual([]);
  });

  test.each(['localhost:4318', 'grpc://c:4317', 'not a url', 'unix:///run/otel.sock'])(
    'a wrong option is said, the default is used: %s',
    async (endpoint) => {
      const { endpoint: configured, problems } = await configure({}, { endpoint });
      expect(configured.url).toBe(DEFAULT_URL);
      expect(problems).toEqual([
        `the endpoint is "${endpoint}", allowed is an http:// or https:// URL (option endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT); using ${DEFAULT_URL}`,
      ]);
    },
  );

  test('a wrong option gives way to the environment, and says what is used', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };
    const { endpoint, problems } = await configure(env, { endpoint: 'nonsense' });
    expect(endpoint.url).toBe('http://c:4318/v1/metrics');
    expect(problems).toEqual([expect.stringMatching(/"nonsense".*using http:\/\/c:4318\/v1\/metrics$/)]);
  });

  test.each(['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'])(
    'a wrong %s is said',
    async (name) => {
      const { endpoint, problems } = await configure({ [name]: 'localhost:4318' });
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
  const { problems } = await configure(env, endpoint === undefined ? {} : { endpoint });
  expect(problems).not.toEqual([]);
  expect(problems.join('\n')).not.toContain('s3cret');
});

test('headers: the METRICS variant wins over the general one, an option over both, by name', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=general,c=general%20text',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=metrics,d=metrics',
  };
  const { endpoint } = await configure(env, { headers: { d: 'option' } });
  expect(endpoint.headers).toMatchObject({ a: 'general', b: 'metrics', c: 'general text', d: 'option' });
});

test.each<[Record<string, string>, number | undefined, number]>([
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700' }, undefined, 700],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '800' }, undefined, 800],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '700' }, 900, 900],
])('timeout: %j and option %s', async (env, timeoutMs, expected) => {
  const { endpoint } = await configure(env, timeoutMs === undefined ? {} : { timeoutMs });
  expect(endpoint.timeoutMs).toBe(expected);
});

test.each<[Record<string, string>, boolean]>([
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, true],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' }, false],
  [{ OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip' }, true],
])('compression: %j', async (env, isGzip) => {
  expect((await configure(env)).endpoint.gzip !== undefined).toBe(isGzip);
});

test.each([
  { OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' },
  { OTEL_EXPORTER_OTLP_TIMEOUT: '-1' },
  { OTEL_EXPORTER_OTLP_COMPRESSION: 'brotli' },
  { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1' },
])('a wrong value is said, the default is used: %j', async (env) => {
  const { endpoint, problems } = await configure(env);
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
      const untrusting = (await configure(env)).endpoint;
      const trusting = (await configure({ ...env, [name]: file })).endpoint;
      expect(await postBatch(untrusting, Buffer.from(otlpBody(1, 1)))).toMatchObject({
        failure: { kind: 'tls' },
      });
      expect(await postBatch(trusting, Buffer.from(otlpBody(1, 1)))).toEqual({ kind: 'delivered' });
    },
  );
});
