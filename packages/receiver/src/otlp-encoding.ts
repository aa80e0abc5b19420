/**
 * OTLP/HTTP's two encodings, both read and written by @bufbuild/protobuf from the vendored .proto files:
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import {
  create,
  type DescMessage,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { JsonMessage } from './json-message.ts';
import { describeExcess, type Excess, excessOfJson, excessOfProtobuf } from './message-count.ts';
import { type Status, StatusSchema } from './otlp-messages/google/rpc/status_pb.ts';
import {
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from './otlp-messages/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts';
import { assertReadable, type OtlpMessage } from './otlp-request.ts';
import type { RefusedPoints } from './refusals.ts';
import { shorten } from './shorten.ts';
import { WireMessage } from './wire-message.ts';

/** The encodings that a request may have, by their media type. */
export type OtlpEncoding = 'application/json' | 'application/x-protobuf';

/** A request, or what to answer. */
export type DecodedRequest =
  | { readonly kind: 'decoded'; readonly request: OtlpMessage }
  | { readonly kind: 'refused'; readonly status: 400 | 413; readonly message: string };

/** The encoding of a `content-type` header; parameters are ignored. Undefined for any other. */
export function parseEncoding(contentType: string | undefined): OtlpEncoding | undefined {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  return mediaType === 'application/json' || mediaType === 'application/x-protobuf' ? mediaType : undefined;
}

/**
 * Reads a request.
 *
 * @param messageLimit most messages (points, attributes, values) in it, so that a small body does not become a large one
 */
export function decodeRequest(
  encoding: OtlpEncoding,
  body: Uint8Array,
  messageLimit: number,
): DecodedRequest {
  const excess = excessOf(encoding, body, messageLimit);
  if (excess !== undefined) {
    const message = describeExcess(excess, messageLimit);
    return { kind: 'refused', status: excess === 'messages' ? 413 : 400, message };
  }
  try {
    const request = parse(encoding, body);
    assertReadable(request);
    return { kind: 'decoded', request };
  } catch (error) {
    const detail = shorten(error instanceof Error ? error.message : String(error), DETAIL_LIMIT_CHARACTERS);
    return { kind: 'refused', status: 400, message: `the body is not an OTLP metrics request: ${detail}` };
  }
}

/** The parser quotes what it could not read. */
const DETAIL_LIMIT_CHARACTERS = 200;

function excessOf(encoding: OtlpEncoding, body: Uint8Array, messageLimit: number): Excess | undefined {
  if (encoding === 'application/json') return excessOfJson(body, messageLimit);
  return excessOfProtobuf(ExportMetricsServiceRequestSchema, body, messageLimit);
}

/** The answer to a request that was taken, with what was refused of it as a partial success. */
export function encodeResponse(encoding: OtlpEncoding, refusals: readonly RefusedPoints[]): Uint8Array {
  const rejected = refusals.reduce((sum, { points }) => sum + points, 0);
  const partialSuccess = { rejectedDataPoints: BigInt(rejected), errorMessage: describeRefusals(refusals) };
  const response = create(ExportMetricsServiceResponseSchema, rejected > 0 ? { partialSuccess } : {});
  return encode(ExportMetricsServiceResponseSchema, encoding, response);
}

/** The answer to a request that was not taken. */
export function encodeStatus(encoding: OtlpEncoding, status: Pick<Status, 'code' | 'message'>): Uint8Array {
  return encode(StatusSchema, encoding, create(StatusSchema, status));
}

const REFUSALS_IN_MESSAGE = 5;

function describeRefusals(refusals: readonly RefusedPoints[]): string {
  const told = refusals.slice(0, REFUSALS_IN_MESSAGE).map(({ message }) => message);
  const more = refusals.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function parse(encoding: OtlpEncoding, body: Uint8Array): OtlpMessage {
  if (encoding === 'application/x-protobuf') return new WireMessage(body);
  const value: JsonValue = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  return new JsonMessage(value);
}

function encode<Schema extends DescMessage>(
  schema: Schema,
  encoding: OtlpEncoding,
  message: MessageShape<Schema>,
): Uint8Array {
  if (encoding === 'application/x-protobuf') return toBinary(schema, message);
  return new TextEncoder().encode(toJsonString(schema, message));
}
