import { once } from 'node:events';
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startMetricsPage } from './metrics-page.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { requestPath } from './request-path.ts';

test.each([
  ['/v1/metrics', '/v1/metrics'],
  ['/v1/metrics?a=/b', '/v1/metrics'],
  ['http://localhost:4318/v1/metrics', '/v1/metrics'],
  ['HTTPS://user:pass@[::1]:4318/v1/metrics?x', '/v1/metrics'],
  ['http://localhost', '/'],
  ['http://localhost?/v1/metrics', '/'],
  ['//localhost/v1/metrics', '//localhost/v1/metrics'],
  ['/http://localhost/v1/metrics', '/http://localhost/v1/metrics'],
  ['*', '*'],
])('%s asks for %s', (url, path) => {
  expect(requestPath({ url })).toBe(path);
});

async function statusOf(url: string, method: string, path: string): Promise<number> {
  const options = { method, path, headers: { 'content-type': 'application/json' } };
  const [response] = await once(request(url, options).end(method === 'POST' ? '{}' : ''), 'response');
  return response.resume().statusCode;
}

test('the receiver and a page of metrics are asked for by the whole URL, as a proxy is', async () => {
  const receiver = await startOtlpReceiver({ port: 0 });
  onTestFinished(() => receiver.close());
  const page = await startMetricsPage({ host: '127.0.0.1', port: 0, families: () => [] });
  onTestFinished(() => page.close());
  const host = 'http://collector.example:4318';
  expect(await statusOf(receiver.url, 'POST', `${host}/v1/metrics`)).toBe(200);
  expect(await statusOf(receiver.url, 'GET', `${host}/metrics`)).toBe(200);
  expect(await statusOf(receiver.url, 'POST', `${host}/v1/traces`)).toBe(404);
  expect(await statusOf(page.url, 'GET', `${host}/healthz`)).toBe(200);
});
