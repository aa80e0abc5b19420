/**
 * Reads the two messages that OTLP/HTTP answers with: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response.
 * What is neither was not said by something that speaks OTLP.
 */
import { readProtobufFields } from './protobuf-fields.ts';
import type { Answer } from './read-answer.ts';

/** `ExportMetricsServiceResponse`, as far as it says anything. */
export interface OtlpSuccess {
  /** As it came: nobody has checked it. Undefined when nothing was refused. */
  readonly rejectedDataPoints: unknown;
  readonly errorMessage: string;
}

type Encoding = 'json' | 'protobuf';

/** What the content type says: nothing when it is none of OTLP's. */
export function otlpEncoding({ headers }: Pick<Answer, 'headers'>): Encoding | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  return type === 'application/x-protobuf' ? 'protobuf' : undefined;
}

/** The answer of success. An empty body is one whatever its type: it is how protobuf writes that all is well. */
export function readOtlpSuccess(answer: Answer): OtlpSuccess | undefined {
  if (answer.body === undefined) return undefined;
  if (answer.body.length === 0) return { rejectedDataPoints: undefined, errorMessage: '' };
  switch (otlpEncoding(answer)) {
    case 'json':
      return readJsonSuccess(answer.body);
    case 'protobuf':
      return readProtobufSuccess(answer.body);
    case undefined:
      return undefined;
  }
}

/** The message of a `google.rpc.Status`, which the answer of a refusal must be. */
export function readOtlpRefusal(answer: Answer): string | undefined {
  if (answer.body === undefined || answer.body.length === 0) return undefined;
  switch (otlpEncoding(answer)) {
    case 'json':
      return readJsonStatus(answer.body);
    case 'protobuf':
      return readProtobufStatus(answer.body);
    case undefined:
      return undefined;
  }
}

function readJsonSuccess(body: Buffer): OtlpSuccess | undefined {
  const response = parseJsonObject(body);
  if (response === undefined) return undefined;
  const partial = response['partialSuccess'] ?? response['partial_success'];
  const { rejectedDataPoints, rejected_data_points, errorMessage, error_message } = isObject(partial)
    ? partial
    : {};
  const message = errorMessage ?? error_message;
  return {
    rejectedDataPoints: rejectedDataPoints ?? rejected_data_points,
    // Anything else may not even have a text: an object whose `toString` is null has none.
    errorMessage: typeof message === 'string' || typeof message === 'number' ? String(message) : '',
  };
}

/** Fields beside those of a Status are another API's. */
function readJsonStatus(body: Buffer): string | undefined {
  const { code, message, ...rest } = parseJsonObject(body) ?? {};
  const isStatus = Object.keys(rest).every((name) => name === 'details');
  if (!isStatus || (code === undefined && message === undefined)) return undefined;
  if (!['number', 'undefined'].includes(typeof code)) return undefined;
  if (message === undefined) return '';
  return typeof message === 'string' ? message : undefined;
}

function readProtobufSuccess(body: Buffer): OtlpSuccess | undefined {
  const response = readProtobufFields(body);
  if (response === undefined) return undefined;
  const partial = response.get(1);
  const fields = partial instanceof Uint8Array ? readProtobufFields(partial) : new Map();
  if (fields === undefined) return undefined;
  const rejected = fields.get(1);
  return {
    rejectedDataPoints: typeof rejected === 'bigint' ? Number(BigInt.asIntN(64, rejected)) : undefined,
    errorMessage: textOf(fields.get(2)),
  };
}

function readProtobufStatus(body: Buffer): string | undefined {
  const status = readProtobufFields(body);
  const code = status?.get(1);
  const message = status?.get(2);
  const isStatus = typeof code === 'bigint' || message instanceof Uint8Array;
  return isStatus ? textOf(message) : undefined;
}

function textOf(field: unknown): string {
  return field instanceof Uint8Array ? Buffer.from(field).toString('utf8') : '';
}

function parseJsonObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
