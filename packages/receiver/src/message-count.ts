/**
 * How much a body would become in memory, counted before anything is made of it. Two bytes of protobuf are an empty
 * message, and a message in memory is some hundred bytes.
 */
import type { DescMessage } from '@bufbuild/protobuf';

/** Why a body is not decoded. */
export type Excess = 'messages' | 'depth' | 'digits' | 'malformed';

/** OTLP needs 10 levels, and four for each array in a label's value. */
const DEPTH_LIMIT = 64;
/** Turning more digits than this into a number takes longer than the number of digits says. */
const DIGITS_LIMIT = 1_000;

const LENGTH_DELIMITED = 2;

/** What is too much about a protobuf body, if anything. */
export function excessOfProtobuf(
  schema: DescMessage,
  body: Uint8Array,
  messageLimit: number,
): Excess | undefined {
  const walk = new WireWalk(body, messageLimit);
  walk.message(schema, body.length, 1);
  return walk.excess;
}

class WireWalk {
  excess: Excess | undefined;
  readonly #bytes: Uint8Array;
  readonly #fields: Map<DescMessage, ReadonlyMap<number, DescMessage>> = new Map();
  #position = 0;
  #messagesLeft: number;

  constructor(bytes: Uint8Array, messageLimit: number) {
    this.#bytes = bytes;
    this.#messagesLeft = messageLimit;
  }

  message(schema: DescMessage, end: number, depth: number): void {
    if (depth > DEPTH_LIMIT) this.excess = 'depth';
    const messages = this.#messageFields(schema);
    while (this.excess === undefined && this.#position < end) {
      const tag = this.#varint();
      const wireType = tag & 7;
      if (wireType !== LENGTH_DELIMITED) this.#skip(wireType);
      else this.#lengthDelimited(messages.get(tag >>> 3), end, depth);
    }
  }

  #lengthDelimited(schema: DescMessage | undefined, end: number, depth: number): void {
    const length = this.#varint();
    const endOfField = this.#position + length;
    if (endOfField > end) this.excess = 'malformed';
    if (this.excess !== undefined) return;
    if (schema === undefined) {
      this.#position = endOfField;
      return;
    }
    this.#messagesLeft -= 1;
    if (this.#messagesLeft < 0) this.excess = 'messages';
    else this.message(schema, endOfField, depth + 1);
  }

  /** The fields of a message that hold messages, by number. */
  #messageFields(schema: DescMessage): ReadonlyMap<number, DescMessage> {
    const known = this.#fields.get(schema);
    if (known !== undefined) return known;
    const fields = new Map<number, DescMessage>();
    for (const { number, message } of schema.fields) if (message !== undefined) fields.set(number, message);
    this.#fields.set(schema, fields);
    return fields;
  }

  #skip(wireType: number): void {
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.#position += 8;
    else if (wireType === 5) this.#position += 4;
    // Groups are not used by OTLP.
    else this.excess = 'malformed';
  }

  /** The lower 32 bits: tags and lengths are no larger. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#position];
      this.#position += 1;
      if (byte === undefined) break;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.excess = 'malformed';
    return 0;
  }
}

const [QUOTE, BACKSLASH, ZERO, NINE] = [0x22, 0x5c, 0x30, 0x39];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What is too much about a JSON body, if anything. Whether it is JSON at all is for the parser to say. */
export function excessOfJson(body: Uint8Array, messageLimit: number): Excess | undefined {
  let [messages, depth, digits, isText] = [0, 0, 0, false];
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index] ?? 0;
    digits = byte >= ZERO && byte <= NINE ? digits + 1 : 0;
    if (digits > DIGITS_LIMIT) return 'digits';
    if (byte === QUOTE) isText = !isText;
    else if (isText && byte === BACKSLASH) index += 1;
    else if (isText) continue;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      messages += 1;
      depth += 1;
      if (messages > messageLimit) return 'messages';
      if (depth > DEPTH_LIMIT) return 'depth';
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
  }
  return undefined;
}

/** What a sender is told. */
export function describeExcess(excess: Excess, messageLimit: number): string {
  switch (excess) {
    case 'messages':
      return `the body holds more than ${messageLimit} messages (points, attributes, values); send smaller batches, or raise the body limit`;
    case 'depth':
      return `the body is nested more than ${DEPTH_LIMIT} levels deep`;
    case 'digits':
      return `the body holds more than ${DIGITS_LIMIT} digits in a row`;
    case 'malformed':
      return 'the body is not an OTLP metrics request: a field is cut off, or its wire type is unknown';
  }
}
