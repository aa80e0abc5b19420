/** OTLP requests as any client may write them: well-formed ones, and those that no exporter of ours would send. */
import { gzipSync } from 'node:zlib';
import type { Answer } from './post.ts';

/** An OTLP/JSON attribute value, or text. */
export type AttributeValue = string | object;

/** One OTLP/JSON data point: the times and whatever else is given. */
export function pointNow(others: object, labels: Readonly<Record<string, AttributeValue>> = {}): object {
  const nano = `${Date.now()}000000`;
  return { attributes: attributesOf(labels), startTimeUnixNano: nano, timeUnixNano: nano, ...others };
}

/** A counter with delta temporality. */
export function counterOf(name: string, ...dataPoints: readonly object[]): object {
  return { name, sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } };
}

/** A histogram with delta temporality. */
export function histogramOf(name: string, ...dataPoints: readonly object[]): object {
  return { name, histogram: { aggregationTemporality: 1, dataPoints } };
}

/** A gauge. */
export function gaugeOf(name: string, ...dataPoints: readonly object[]): object {
  return { name, gauge: { dataPoints } };
}

/** Attributes as OTLP/JSON lists them. */
function attributesOf(values: Readonly<Record<string, AttributeValue>>): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : value,
  }));
}

/** The identified batch of a run, as OTLP/JSON. */
export function batchOf(
  run: string,
  metrics: readonly object[],
  resource: Readonly<Record<string, AttributeValue>> = {},
): string {
  const attributes = attributesOf({
    'service.instance.id': run,
    'ephemetry.batch.sequence': { intValue: '1' },
    ...resource,
  });
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] });
}

/** One of a counter that many runs share, each with its own run id. */
export function honestBatch(run: string, name = 'innocent_total'): string {
  return batchOf(run, [counterOf(name, pointNow({ asDouble: 1 }))]);
}

/**
 * OTLP/protobuf: one identified batch of one point of `x_total`, with a label of so many bytes of this code, and the name of a
 * service as bytes.
 */
export function batchWithLabel(bytes: number, code: number, service?: Uint8Array): Buffer {
  const nano = Buffer.alloc(8);
  nano.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n);
  const label = field(1, Buffer.from('k'));
  const point = Buffer.concat([
    ...[Buffer.from([17]), nano, Buffer.from([25]), nano, Buffer.from([33]), Buffer.alloc(8)],
    field(7, Buffer.concat([label, field(2, field(1, Buffer.alloc(bytes, code)))])),
  ]);
  const sum = Buffer.concat([field(1, point), Buffer.from([16, 1, 24, 1])]);
  const metric = Buffer.concat([field(1, Buffer.from('x_total')), field(7, sum)]);
  const runId = field(2, field(1, Buffer.from(crypto.randomUUID())));
  const resource = Buffer.concat([
    field(1, Buffer.concat([field(1, Buffer.from('service.instance.id')), runId])),
    field(
      1,
      Buffer.concat([field(1, Buffer.from('ephemetry.batch.sequence')), field(2, Buffer.from([24, 1]))]),
    ),
    ...(service === undefined
      ? []
      : [field(1, Buffer.concat([field(1, Buffer.from('service.name')), field(2, field(1, service))]))]),
  ]);
  return field(1, Buffer.concat([field(1, resource), field(2, field(2, metric))]));
}

/** OTLP/protobuf: one batch of so many points, which all add 1 to one series; without a label they have 29 bytes each. */
export function smallestPoints(count: number, name: string, label = ''): Buffer {
  const startNano = BigInt(Date.now()) * 1_000_000n;
  const points = Array.from({ length: count }, (_, point) => {
    const content = Buffer.alloc(27);
    content[0] = 17;
    content.writeBigUInt64LE(startNano, 1);
    content[9] = 25;
    content.writeBigUInt64LE(startNano + BigInt(point), 10);
    content[18] = 49;
    content.writeBigInt64LE(1n, 19);
    return field(1, label === '' ? content : Buffer.concat([content, labelField(label)]));
  });
  const sum = Buffer.concat([...points, Buffer.from([16, 1, 24, 1])]);
  const metric = Buffer.concat([field(1, Buffer.from(name)), field(7, sum)]);
  const runId = field(2, field(1, Buffer.from(crypto.randomUUID())));
  const resource = field(1, Buffer.concat([field(1, Buffer.from('service.instance.id')), runId]));
  return field(1, Buffer.concat([field(1, resource), field(2, field(2, metric))]));
}

/** OTLP/protobuf: one batch of so many gauges of one name, each with a number of its own as label; they have about 40 bytes each. */
export function distinctGauges(count: number, name: string, first: number): Buffer {
  const time = Buffer.alloc(9);
  time[0] = 25;
  time.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n, 1);
  const value = Buffer.from([33, 0, 0, 0, 0, 0, 0, 0, 0]);
  const points = Array.from({ length: count }, (_, point) =>
    field(1, Buffer.concat([time, value, labelField(String(first + point))])),
  );
  const metric = Buffer.concat([field(1, Buffer.from(name)), field(5, Buffer.concat(points))]);
  const runId = field(2, field(1, Buffer.from(crypto.randomUUID())));
  const resource = field(1, Buffer.concat([field(1, Buffer.from('service.instance.id')), runId]));
  return field(1, Buffer.concat([field(1, resource), field(2, field(2, metric))]));
}

function labelField(value: string): Buffer {
  return field(7, Buffer.concat([field(1, Buffer.from('k')), field(2, field(1, Buffer.from(value)))]));
}

/** OTLP/protobuf: so many bytes of the smallest messages there are, empty ResourceMetrics. */
export function emptyMessages(bytes: number): Buffer {
  return Buffer.alloc(bytes, Buffer.from([10, 0]));
}

/** Posts a protobuf body, gzipped. */
export async function postProtobuf(endpoint: string, body: Uint8Array): Promise<Answer> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
  const response = await fetch(endpoint, { method: 'POST', headers, body: gzipSync(body) });
  return { status: response.status, text: await response.text() };
}

/** A length-delimited protobuf field. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
