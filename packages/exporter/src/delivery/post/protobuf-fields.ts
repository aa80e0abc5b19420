/** Just enough of protobuf's wire format to read an answer: https://protobuf.dev/programming-guides/encoding. */

/** A number for wire type 0, bytes for wire type 2; what is fixed in size is passed over. */
export type ProtobufFields = ReadonlyMap<number, bigint | Uint8Array>;

/** The fields of one message, of each the last. Undefined when the bytes are not a message. */
export function readProtobufFields(bytes: Uint8Array): ProtobufFields | undefined {
  const fields = new Map<number, bigint | Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    if (key === undefined) return undefined;
    const field = readField(bytes, key.end, Number(key.value & 7n));
    const number = Number(key.value >> 3n);
    if (field === undefined || number === 0) return undefined;
    if (field.value !== undefined) fields.set(number, field.value);
    at = field.end;
  }
  return fields;
}

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

function readField(
  bytes: Uint8Array,
  at: number,
  wireType: number,
): Read<bigint | Uint8Array | undefined> | undefined {
  if (wireType === 0) return readVarint(bytes, at);
  const length = wireType === 2 ? readVarint(bytes, at) : fixedLength(wireType, at);
  if (length === undefined) return undefined;
  const end = length.end + Number(length.value);
  if (end > bytes.length) return undefined;
  return { value: wireType === 2 ? bytes.subarray(length.end, end) : undefined, end };
}

function fixedLength(wireType: number, at: number): Read<bigint> | undefined {
  if (wireType === 1) return { value: 8n, end: at };
  return wireType === 5 ? { value: 4n, end: at } : undefined;
}

function readVarint(bytes: Uint8Array, at: number): Read<bigint> | undefined {
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return undefined;
}
