/** Protobuf's wire format, written by hand: what no library would write is what is needed here. */

/** A number in seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A field that holds bytes, text or a message. */
export function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field of a whole number. */
export function wholeNumber(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** A field of eight bytes: OTLP's times. */
function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

/** Doubles one after the other. */
function doubles(number: number, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, index * 8);
  return field(number, bytes);
}

/** A `KeyValue` with a text. */
export function textAttribute(key: string, value: string): Buffer {
  return Buffer.concat([field(1, key), field(2, field(1, value))]);
}

/** An `ExportMetricsServiceRequest` of one run. */
export function runRequest(
  runId: string,
  metrics: readonly Uint8Array[],
  more: Uint8Array = Buffer.alloc(0),
): Buffer {
  const sequence = Buffer.concat([field(1, 'ephemetry.batch.sequence'), field(2, wholeNumber(3, 1))]);
  const attributes = [textAttribute('service.instance.id', runId), sequence].map((each) => field(1, each));
  const resource = field(1, Buffer.concat([...attributes, more]));
  const scope = field(2, Buffer.concat(metrics.map((metric) => field(2, metric))));
  return field(1, Buffer.concat([resource, scope]));
}

/** A `Metric` that is a delta sum. */
export function deltaSum(name: string, points: readonly Uint8Array[]): Buffer {
  const data = [...points.map((point) => field(1, point)), wholeNumber(2, 1), wholeNumber(3, 1)];
  return Buffer.concat([field(1, name), field(7, Buffer.concat(data))]);
}

/** A `Metric` that is a delta histogram. */
export function deltaHistogram(name: string, points: readonly Uint8Array[]): Buffer {
  const data = [...points.map((point) => field(1, point)), wholeNumber(2, 1)];
  return Buffer.concat([field(1, name), field(9, Buffer.concat(data))]);
}

/** A `NumberDataPoint` of 1. */
export function numberPoint(timeUnixNano: bigint, attributes: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([fixed64(2, timeUnixNano), fixed64(3, timeUnixNano), fixed64(6, 1n), attributes]);
}

/** A `HistogramDataPoint` that counted nothing. */
export function histogramPoint(
  timeUnixNano: bigint,
  bounds: readonly number[],
  attributes: Uint8Array = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([
    fixed64(2, timeUnixNano),
    fixed64(3, timeUnixNano),
    field(6, Buffer.alloc((bounds.length + 1) * 8)),
    doubles(7, bounds),
    attributes,
  ]);
}
