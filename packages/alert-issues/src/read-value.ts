/** Readers of JSON from outside: what is not as expected is told by its place, and nothing is guessed. */

/** What was given is not what is expected; the message says where. */
export class UnexpectedValue extends Error {
  override readonly name = 'UnexpectedValue';
}

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, place: string): JsonObject {
  if (isObject(value)) return value;
  throw unexpected(place, value, 'an object');
}

export function listOf(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(place, value, 'a list');
}

export function textOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(place, value, 'a text');
}

/** A whole number, 0 or more. */
export function wholeNumberOf(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw unexpected(place, value, 'a whole number');
}

/** In milliseconds since 1970. */
export function momentOf(value: unknown, place: string): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw unexpected(place, value, 'a time');
  return ms;
}

/** An object that holds texts only, such as labels. Missing is empty. */
export function textsOf(value: unknown, place: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(objectOf(value, place));
  // With a null prototype no name of a label means anything but itself.
  const texts: Record<string, string> = Object.create(null);
  for (const [name, text] of entries) texts[name] = textOf(text, `${place}.${name.slice(0, 100)}`);
  return texts;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected(place: string, value: unknown, wanted: string): UnexpectedValue {
  const given = value === undefined ? 'is missing' : `is ${JSON.stringify(value).slice(0, 100)}`;
  return new UnexpectedValue(`${place} ${given}; allowed: ${wanted}`);
}
