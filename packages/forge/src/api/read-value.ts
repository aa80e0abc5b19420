/** Readers of JSON that a forge sends: what is not as expected is told by its place, and nothing is guessed. */

/** The answer is not what a forge sends. */
export class UnexpectedValue extends Error {
  override readonly name = 'UnexpectedValue';
}

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, place: string): JsonObject {
  if (isObject(value)) return value;
  throw unexpected(place, 'an object');
}

export function listOf(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(place, 'a list');
}

/** A whole number, 0 or more. */
export function wholeNumberOf(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw unexpected(place, 'a whole number');
}

export function textOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(place, 'a text');
}

/**
 * In milliseconds since 1970. Undefined where there is none: a forge writes 1970, the year 1, null or nothing for what has not
 * happened yet.
 */
export function timeOf(value: unknown, place: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw unexpected(place, 'a time');
  return ms <= 0 ? undefined : ms;
}

/** A time that must be there. 0 for 1970 and before, which an importer writes where it knows none: it is one item's fault alone. */
export function momentOf(value: unknown, place: string): number {
  if (typeof value !== 'string' || value === '') throw unexpected(place, 'a time');
  return timeOf(value, place) ?? 0;
}

/** The texts under a key of each object of a list that may be missing. */
export function namesOf(value: unknown, key: string, place: string): readonly string[] {
  if (value === undefined || value === null) return [];
  return listOf(value, place).map((each) => textOf(objectOf(each, place)[key], `${place}.${key}`));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected(place: string, wanted: string): UnexpectedValue {
  return new UnexpectedValue(`${place} is not ${wanted}`);
}
