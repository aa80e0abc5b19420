/**
 * Batches as one fab session sends them, prepared for a generator that must not be the bottleneck: encoded once, and
 * of each further one only the bytes of the run id differ. Every batch is a run of its own.
 */

/** What the body of a request is encoded as. The exporter sends JSON; sidecars and balancers send protobuf. */
export type Encoding = 'json' | 'protobuf';

/** A fab session has five counters and a histogram. */
export const POINTS_PER_BATCH = 6;

/** Label sets that the batches are spread over. */
const LABEL_SETS = 80;

/** A whole HTTP request, and where its run id stands. */
export interface PreparedBatch {
  readonly request: Buffer;
  /** Of the 20 digits that number the run. */
  readonly runIdOffset: number;
}

const DIGITS = 20;
const NO_RUN = '#'.repeat(DIGITS);
const BOUNDS = [1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
const DELTA = 1;

/** One request for each label set. `path` and `host` go into its head. */
export function prepareBatches(encoding: Encoding, url: URL): readonly PreparedBatch[] {
  return Array.from({ length: LABEL_SETS }, (_, index) => prepare(encoding, url, `role-${index}`));
}

/** Makes it the batch of another run, in place. */
export function numberRun({ request, runIdOffset }: PreparedBatch, run: number): void {
  request.write(String(run).padStart(DIGITS, '0'), runIdOffset, 'latin1');
}

function prepare(encoding: Encoding, url: URL, role: string): PreparedBatch {
  const labels = { role, phase: 'build', group: 'factory' };
  const body = encoding === 'json' ? Buffer.from(jsonOf(labels)) : protobufOf(labels);
  const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);
  return { request, runIdOffset: request.indexOf(NO_RUN) };
}

type Labels = Readonly<Record<string, string>>;

const IDENTITY = { 'service.name': 'bench', 'service.instance.id': NO_RUN };

function jsonOf(labels: Labels): string {
  const attributes = keyValues(labels);
  const time = `${Date.now()}000000`;
  const point = { attributes, startTimeUnixNano: time, timeUnixNano: time };
  const counters = Array.from({ length: POINTS_PER_BATCH - 1 }, (_, index) => ({
    name: counterName(index),
    sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [{ ...point, asInt: '1' }] },
  }));
  const bucketCounts = ['1', ...BOUNDS.map(() => '0')];
  const dataPoints = [{ ...point, count: '1', sum: 0.5, explicitBounds: BOUNDS, bucketCounts }];
  const histogram = { name: HISTOGRAM, histogram: { aggregationTemporality: DELTA, dataPoints } };
  const sequence = { key: 'ephemetry.batch.sequence', value: { intValue: '1' } };
  const resource = { attributes: [...keyValues(IDENTITY), sequence] };
  const scopeMetrics = [{ scope: { name: 'bench' }, metrics: [...counters, histogram] }];
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] });
}

function keyValues(values: Labels): readonly object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** The counter whose total is the number of batches that were counted. */
export const COUNTED = 'bench_0_total';
const HISTOGRAM = 'bench_seconds';

function counterName(index: number): string {
  return `bench_${index}_total`;
}

/**
 * The same in protobuf's wire format, by the field numbers of `opentelemetry.proto.metrics.v1`.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.5.0/opentelemetry/proto/metrics/v1/metrics.proto
 */
function protobufOf(labels: Labels): Buffer {
  const now = BigInt(Date.now()) * 1_000_000n;
  const times = [fixed64(2, now), fixed64(3, now)];
  const attributes = (field: number, values: Labels): Buffer[] =>
    Object.entries(values).map(([key, value]) =>
      message(field, [text(1, key), message(2, [text(1, value)])]),
    );
  const counters = Array.from({ length: POINTS_PER_BATCH - 1 }, (_, index) => {
    const point = message(1, [...times, fixed64(6, 1n), ...attributes(7, labels)]);
    return message(2, [text(1, counterName(index)), message(7, [point, varint(2, DELTA), varint(3, 1)])]);
  });
  const buckets = message(6, [fixed64s([1n, ...BOUNDS.map(() => 0n)])]);
  const bounds = message(7, [doubles(BOUNDS)]);
  const sum = Buffer.concat([tag(5, 1), doubles([0.5])]);
  const point = message(1, [...times, fixed64(4, 1n), sum, buckets, bounds, ...attributes(9, labels)]);
  const histogram = message(2, [text(1, HISTOGRAM), message(9, [point, varint(2, DELTA)])]);
  const sequence = message(1, [text(1, 'ephemetry.batch.sequence'), message(2, [varint(3, 1)])]);
  const resource = message(1, [...attributes(1, IDENTITY), sequence]);
  const scope = message(2, [message(1, [text(1, 'bench')]), ...counters, histogram]);
  return message(1, [resource, scope]);
}

function tag(field: number, wireType: number): Buffer {
  return bytesOf(field * 8 + wireType);
}

/** A base-128 varint. */
function bytesOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function varint(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, 0), bytesOf(value)]);
}

function message(field: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([tag(field, 2), bytesOf(content.length), content]);
}

function text(field: number, value: string): Buffer {
  return message(field, [Buffer.from(value)]);
}

function fixed64(field: number, value: bigint): Buffer {
  return Buffer.concat([tag(field, 1), fixed64s([value])]);
}

function fixed64s(values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, index * 8);
  return bytes;
}

function doubles(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, index * 8);
  return bytes;
}
