/**
 * Narrows parsed JSON step by step, so that every complaint names the place in the body.
 * Values arrive as `unknown`; nothing is cast.
 */

/** An object of JSON: values are still unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The body is not what OTLP/JSON asks for. The message names the place and what was found there. */
export class MalformedBody extends Error {
  override readonly name: string = 'MalformedBody';
}

/** @throws {MalformedBody} always: `where` is the path in the body, `allowed` what belongs there. */
export function refuse(where: string, allowed: string, given: unknown): never {
  throw new MalformedBody(`${where} must be ${allowed}, but is ${JSON.stringify(given) ?? 'absent'}`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {MalformedBody} when `value` is not an object. */
export function readObject(value: unknown, where: string): JsonObject {
  return isObject(value) ? value : refuse(where, 'an object', value);
}

/** An absent list is an empty list, as everywhere in protobuf. @throws {MalformedBody} when it is anything else. */
export function readList(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : refuse(where, 'a list', value);
}

/** @throws {MalformedBody} when `value` is not a string. */
export function readString(value: unknown, where: string): string {
  return typeof value === 'string' ? value : refuse(where, 'a string', value);
}

/**
 * A 64-bit integer: OTLP/JSON writes them as decimal strings and lets readers accept numbers.
 *
 * @throws {MalformedBody} when it is neither, or a number too large to be exact.
 */
export function readInteger(value: unknown, where: string): bigint {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return refuse(where, 'an integer (decimal string or exact number)', value);
}

/** @throws {MalformedBody} when `value` is not a finite number. */
export function readFinite(value: unknown, where: string): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : refuse(where, 'a finite number', value);
}
