import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { RECEIVE_LABELS, RECEIVE_METRICS, RECEIVE_PREFIX, type ReceiveMetric } from '@ephemetry/contract';
import { otlpJson, waitFor } from '@ephemetry/testing';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseExposition } from './fixtures/exposition.ts';
import { SDK_METRICS_SERIES, sdkMetrics } from './fixtures/sdk-metrics.ts';
import { StatusSchema } from './otlp-messages/google/rpc/status_pb.ts';
import { ExportMetricsServiceResponseSchema } from './otlp-messages/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts';
import { type OtlpReceiver, type OtlpReceiverOptions, startOtlpReceiver } from './otlp-receiver.ts';

const { gauge, request, run, sum } = otlpJson;

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

async function start(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver({ port: 0, nowUnixMs: () => 0, ...options });
  onTestFinished(() => receiver.close());
  return receiver;
}

function post(
  receiver: OtlpReceiver,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  return fetch(`${receiver.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
  });
}

async function scrape(receiver: OtlpReceiver) {
  const all = parseExposition(await (await fetch(`${receiver.url}/metrics`)).text());
  const isOwn = (series: string): boolean => series.startsWith(RECEIVE_PREFIX);
  return {
    own: (name: string): number | undefined => all[`${RECEIVE_PREFIX}${name}`],
    series: Object.fromEntries(Object.entries(all).filter(([series]) => !isOwn(series))),
  };
}

async function bytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

const serializers = { [JSON_TYPE]: JsonMetricsSerializer, [PROTOBUF_TYPE]: ProtobufMetricsSerializer };

function serialize(type: typeof JSON_TYPE | typeof PROTOBUF_TYPE): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(serializers[type].serializeRequest(sdkMetrics('r1', 1)) ?? []);
}

describe('what the official serializers write', () => {
  it.each([
    [JSON_TYPE, 'identity'],
    [JSON_TYPE, 'gzip'],
    [PROTOBUF_TYPE, 'identity'],
    [PROTOBUF_TYPE, 'gzip'],
  ] as const)('%s, %s: every figure arrives, a repeat adds nothing', async (type, coding) => {
    const receiver = await start();
    const body = coding === 'gzip' ? Uint8Array.from(gzipSync(serialize(type))) : serialize(type);
    for (let times = 0; times < 3; times += 1) {
      const response = await post(receiver, type, body, { 'content-encoding': coding });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      const answer = await bytes(response);
      if (type === JSON_TYPE) expect(new TextDecoder().decode(answer)).toBe('{}');
      else expect(answer).toHaveLength(0);
    }
    const { series, own } = await scrape(receiver);
    expect(series).toEqual(SDK_METRICS_SERIES);
    expect([
      own('batches_total'),
      own('duplicate_batches_total'),
      own('points_total'),
      own('duplicate_points_total'),
    ]).toEqual([3, 2, 3, 6]);
  });

  it('the same batch in both encodings is one batch', async () => {
    const receiver = await start();
    await post(receiver, JSON_TYPE, serialize(JSON_TYPE));
    await post(receiver, PROTOBUF_TYPE, serialize(PROTOBUF_TYPE));
    expect((await scrape(receiver)).series).toEqual(SDK_METRICS_SERIES);
  });
});

describe('partial success', () => {
  const refused = request(run('r1', 1), [gauge('fab_tokens_total', 1), sum('x_total', 1)]);

  it('is told in JSON and counted', async () => {
    const receiver = await start();
    const response = await post(receiver, JSON_TYPE, JSON.stringify(refused));
    expect(response.status).toBe(200);
    const errorMessage = expect.stringContaining('fab_tokens_total: this name belongs to a monotonic sum');
    expect(await response.json()).toEqual({ partialSuccess: { rejectedDataPoints: '1', errorMessage } });
    expect((await scrape(receiver)).own('refused_points_total{reason="type_conflict"}')).toBe(1);
  });

  it('is told in protobuf', async () => {
    const receiver = await start({ limits: { seriesLimit: 2 } });
    const answer = fromBinary(
      ExportMetricsServiceResponseSchema,
      await bytes(await post(receiver, PROTOBUF_TYPE, serialize(PROTOBUF_TYPE))),
    );
    expect(answer.partialSuccess?.rejectedDataPoints).toBe(1n);
    expect(answer.partialSuccess?.errorMessage).toContain('wait_seconds: a new series has no room');
  });
});

describe('what is no OTLP is answered with a google.rpc.Status', () => {
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(100_000)));
  const notUtf8 = Uint8Array.from([0x7b, 0xff, 0x7d]);
  it.each([
    ['malformed JSON', JSON_TYPE, '{"resourceMetrics":', {}, 400, 3, /not an OTLP metrics request/],
    ['JSON of another shape', JSON_TYPE, '{"resourceMetrics":7}', {}, 400, 3, /not an OTLP metrics request/],
    ['JSON that is not UTF-8', JSON_TYPE, notUtf8, {}, 400, 3, /not an OTLP metrics request/],
    ['malformed protobuf', PROTOBUF_TYPE, Uint8Array.from([0xff]), {}, 400, 3, /not an OTLP metrics request/],
    ['gzip that is none', JSON_TYPE, '{}', { 'content-encoding': 'gzip' }, 400, 3, /not valid gzip/],
    [
      'another type',
      'text/csv',
      '{}',
      {},
      415,
      3,
      /text\/csv; allowed: application\/json and application\/x-protobuf/,
    ],
    [
      'another coding',
      JSON_TYPE,
      '{}',
      { 'content-encoding': 'br' },
      415,
      3,
      /br; allowed: gzip and identity/,
    ],
    ['a large body', JSON_TYPE, ' '.repeat(10_001), {}, 413, 3, /larger than 10000 bytes/],
    [
      'a body that unpacks to a large one',
      PROTOBUF_TYPE,
      bomb,
      { 'content-encoding': 'gzip' },
      413,
      3,
      /larger than 10000 bytes/,
    ],
  ] as const)('%s', async (_name, type, body, headers, status, code, message) => {
    const receiver = await start({ bodyLimitBytes: 10_000 });
    const response = await post(receiver, type, body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(type === PROTOBUF_TYPE ? PROTOBUF_TYPE : JSON_TYPE);
    const answer = await bytes(response);
    const told =
      type === PROTOBUF_TYPE
        ? fromBinary(StatusSchema, answer)
        : JSON.parse(new TextDecoder().decode(answer));
    expect(told).toMatchObject({ code, message: expect.stringMatching(message) });
    const { own, series } = await scrape(receiver);
    expect([own(`refused_requests_total{status="${status}"}`), series]).toEqual([1, {}]);
  });

  it.each([
    ['GET', '/v1/metrics', 405, 'POST'],
    ['POST', '/metrics', 405, 'GET, HEAD'],
    ['DELETE', '/healthz', 405, 'GET, HEAD'],
    ['GET', '/', 404, null],
    ['POST', '/v1/traces', 404, null],
  ])('%s %s is %d', async (method, path, status, allow) => {
    const receiver = await start();
    const response = await fetch(`${receiver.url}${path}`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(path) });
  });

  it('a body without an announced length is limited too', async () => {
    const receiver = await start({ bodyLimitBytes: 10 });
    const body = new Blob([' '.repeat(100)]).stream();
    const init = { method: 'POST', headers: { 'content-type': JSON_TYPE }, body, duplex: 'half' } as const;
    expect((await fetch(`${receiver.url}/v1/metrics`, init)).status).toBe(413);
  });
});

describe('what keeps others waiting', () => {
  /** A sender of so many bytes that then stands still; resolves with what it is answered. */
  async function standStill(receiver: OtlpReceiver, bytes: number): Promise<string> {
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    let answer = '';
    socket
      .on('error', () => {})
      .on('data', (text) => {
        answer += text;
      });
    const head = `POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${bytes + 1}\r\n\r\n`;
    socket.write(head + ' '.repeat(bytes));
    await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  }

  it('a body that never ends is answered 503, to be sent again', async () => {
    const receiver = await start({ bodyTimeoutMs: 50 });
    const answer = await standStill(receiver, 100);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*"code":14/i);
    expect((await scrape(receiver)).own('refused_requests_total{status="503"}')).toBe(1);
  });

  it('bodies that stand still give way to those that come', async () => {
    const limits = { bodyLimitBytes: 100_000, bodyMemoryBytes: 100_000, bodyTimeoutMs: 60_000 };
    const receiver = await start(limits);
    const still = standStill(receiver, 90_000);
    const body = JSON.stringify(request(run('a', 1), [sum('x_total', 1)])).padEnd(50_000);
    let status = 0;
    await waitFor(
      async () => {
        status = (await post(receiver, JSON_TYPE, body)).status;
        return status === 200 && (await Promise.race([still, 'waits'])) !== 'waits';
      },
      { what: 'the body that stands still to give way' },
    );
    expect(await still).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('says for how long it knows a batch again', async () => {
    const receiver = await start();
    const response = await post(receiver, JSON_TYPE, serialize(JSON_TYPE));
    expect(response.headers.get('ephemetry-dedupe')).toBe('86400');
  });
});

describe('what it counts about itself', () => {
  it('is what the contract declares and nothing else, each series from the start', async () => {
    const receiver = await start();
    const text = await (await fetch(`${receiver.url}/metrics`)).text();
    const declared = Object.values<ReceiveMetric>(RECEIVE_METRICS);
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual(
      declared.flatMap(({ name, description, instrument }) => [
        `# HELP ${name} ${description}`,
        `# TYPE ${name} ${instrument}`,
      ]),
    );
    expect(Object.keys(parseExposition(text))).toEqual(
      declared.flatMap(({ name, labels: [label] }) =>
        label === undefined
          ? [name]
          : RECEIVE_LABELS[label].values.map((value) => `${name}{${label}="${value}"}`),
      ),
    );
  });
});

describe('its life', () => {
  it('serves healthz, and metrics as Prometheus asks for them', async () => {
    const receiver = await start();
    expect(await (await fetch(`${receiver.url}/healthz`)).text()).toBe('ok\n');
    const metrics = await fetch(`${receiver.url}/metrics?x=1`, { method: 'HEAD' });
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toBe('');
  });

  it('a sender that breaks off adds nothing and harms nobody', async () => {
    const receiver = await start();
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    socket.write(
      'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"res',
    );
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    await post(receiver, JSON_TYPE, serialize(JSON_TYPE));
    expect((await scrape(receiver)).series).toEqual(SDK_METRICS_SERIES);
  });

  it('closes while a sender dawdles, and refuses connections afterwards', async () => {
    const receiver = await startOtlpReceiver({ port: 0 });
    const port = Number(new URL(receiver.url).port);
    const socket = connect(port, '127.0.0.1');
    let isClosed = false;
    socket
      .on('error', () => {})
      .on('close', () => {
        isClosed = true;
      });
    await new Promise((resolve) => socket.write('POST /v1/metrics HTTP/1.1\r\nhost: x\r\n', resolve));
    await receiver.close();
    await waitFor(() => isClosed, { what: 'the connection to be closed' });
    await expect(fetch(`${receiver.url}/healthz`)).rejects.toThrow();
  });

  it('says when the port is taken', async () => {
    const receiver = await start();
    const port = Number(new URL(receiver.url).port);
    await expect(startOtlpReceiver({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
