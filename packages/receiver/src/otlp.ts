/** For programs that take OTLP metrics themselves: the receiver's own reading and answering, without its totals. */
export { answer } from './answer.ts';
export { BodyMemory } from './body-memory.ts';
export { Digests } from './digests.ts';
export {
  type DecodedRequest,
  decodeRequest,
  encodeResponse,
  encodeStatus,
  type OtlpEncoding,
  parseEncoding,
} from './otlp-encoding.ts';
export type { OtlpMessage } from './otlp-request.ts';
export type { ReceivedPoint } from './received-batch.ts';
export { Refusals, type RefusedPoints } from './refusals.ts';
export { type BodyLimits, type RequestBody, readBody } from './request-body.ts';
export { requestPath } from './request-path.ts';
export { type JsonAttribute, readSoundPoints, type SoundPoint } from './sound-points.ts';
