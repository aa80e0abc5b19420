/**
 * OTLP/HTTP's two encodings, both read and written by @bufbuild/protobuf from the vendored .proto files:
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { type Status, StatusSchema } from './otlp-messages/google/rpc/status_pb.ts';
import {
  type ExportMetricsServiceRequest,
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from './otlp-messages/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts';
import type { Refusal } from './received-batch.ts';

/** The encodings that a request may have, by their media type. */
export type OtlpEncoding = 'application/json' | 'application/x-protobuf';

/** A request, or why it cannot be read. */
export type DecodedRequest =
  | { readonly kind: 'decoded'; readonly request: ExportMetricsServiceRequest }
  | { readonly kind: 'malformed'; readonly detail: string };

/** The encoding of a `content-type` header; parameters are ignored. Undefined for any other. */
export function parseEncoding(contentType: string | undefined): OtlpEncoding | undefined {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  return mediaType === 'application/json' || mediaType === 'application/x-protobuf' ? mediaType : undefined;
}

export function decodeRequest(encoding: OtlpEncoding, body: Uint8Array): DecodedRequest {
  try {
    return { kind: 'decoded', request: decode(ExportMetricsServiceRequestSchema, encoding, body) };
  } catch (error) {
    return { kind: 'malformed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The answer to a request that was taken, with what was refused of it as a partial success. */
export function encodeResponse(encoding: OtlpEncoding, refusals: readonly Refusal[]): Uint8Array {
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

function describeRefusals(refusals: readonly Refusal[]): string {
  const told = refusals.slice(0, REFUSALS_IN_MESSAGE).map(({ message }) => message);
  const more = refusals.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Senders may be newer than this receiver: OTLP has fields that are unknown ignored. */
function decode<Schema extends DescMessage>(
  schema: Schema,
  encoding: OtlpEncoding,
  body: Uint8Array,
): MessageShape<Schema> {
  if (encoding === 'application/x-protobuf') return fromBinary(schema, body);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  return fromJsonString(schema, text, { ignoreUnknownFields: true });
}

function encode<Schema extends DescMessage>(
  schema: Schema,
  encoding: OtlpEncoding,
  message: MessageShape<Schema>,
): Uint8Array {
  if (encoding === 'application/x-protobuf') return toBinary(schema, message);
  return new TextEncoder().encode(toJsonString(schema, message));
}
