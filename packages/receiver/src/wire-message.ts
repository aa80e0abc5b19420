/** A protobuf message that is still bytes: its parts are found where they stand, and made when they are asked for. */
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import type { OtlpMessage, Part } from './otlp-request.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

export class WireMessage implements OtlpMessage {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  *parts({ number }: Part): Generator<WireMessage> {
    for (const field of this.#fields())
      if (field.number === number && field.wireType === LENGTH_DELIMITED)
        yield new WireMessage(this.#bytes, field.start, field.end);
  }

  whichOf(parts: readonly Part[]): Part | undefined {
    let found: Part | undefined;
    for (const { number } of this.#fields()) found = parts.find((part) => part.number === number) ?? found;
    return found;
  }

  number({ number }: Part): number {
    let value = 0;
    for (const field of this.#fields())
      if (field.number === number && field.wireType === VARINT)
        value = readVarint(this.#bytes, field.start).value;
    return value;
  }

  decode<Schema extends DescMessage>(schema: Schema): MessageShape<Schema> {
    return fromBinary(schema, this.#bytes.subarray(this.#start, this.#end), { readUnknownFields: false });
  }

  text({ number }: Part): string {
    let text = '';
    for (const field of this.#fields())
      if (field.number === number && field.wireType === LENGTH_DELIMITED)
        text = UTF8.decode(this.#bytes.subarray(field.start, field.end));
    return text;
  }

  *#fields(): Generator<Field> {
    let position = this.#start;
    while (position < this.#end) {
      const tag = readVarint(this.#bytes, position);
      const wireType = tag.value & 7;
      const length = wireType === LENGTH_DELIMITED ? readVarint(this.#bytes, tag.end) : undefined;
      const start = length?.end ?? tag.end;
      const end = start + (length?.value ?? fixedLength(this.#bytes, wireType, start));
      if (end > this.#end) throw new Error('a field is cut off');
      yield { number: tag.value >>> 3, wireType, start, end };
      position = end;
    }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function fixedLength(bytes: Uint8Array, wireType: number, start: number): number {
  if (wireType === VARINT) return readVarint(bytes, start).end - start;
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  throw new Error(`a field has the wire type ${wireType}`);
}

/** The lower 32 bits: tags, lengths and enums are no larger. */
function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) break;
    if (index < 5) value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { value: value >>> 0, end: start + index + 1 };
  }
  throw new Error('a number is cut off');
}
