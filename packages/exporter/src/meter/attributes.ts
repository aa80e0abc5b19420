/** Attribute sets: what is kept of what a caller passed, and the key that two equal sets share. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/**
 * The same text for the same entries in whatever order, another text for every other set. Too slow for each
 * measurement: `AttributeTree` asks for it once per set.
 */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  return names.map((name) => textOfValue(name) + textOfValue(attributes[name])).join('');
}

/** Each piece says how long it is. Not JSON, which a host may have changed for everybody. */
function textOfValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => textOfValue(element ?? null)).join('')}]`;
  const text = String(value);
  return `${typeof value}${text.length}:${text}`;
}

/** A copy with only what OTLP can carry; `dropped` counts the rest. `undefined` is not an attribute and not counted. */
export function keepValidAttributes(attributes: Attributes): {
  readonly kept: Attributes;
  readonly dropped: number;
} {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const valid = given.filter(([name, value]) => name !== '' && isAttributeValue(value));
  // Not by assignment: `__proto__` is a name like any other.
  const kept = Object.fromEntries(
    valid.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  );
  return { kept, dropped: given.length - valid.length };
}

/** Primitive, or a list of one primitive type (null and undefined may be among them), as the API defines it. */
function isAttributeValue(value: unknown): value is AttributeValue {
  if (!Array.isArray(value)) return isPrimitive(value);
  const present = value.filter((element) => element !== null && element !== undefined);
  return present.every((element) => isPrimitive(element) && typeof element === typeof present[0]);
}

function isPrimitive(value: unknown): boolean {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && isNumber(value))
  );
}

/** Integers travel as int64: one beyond it would make a Collector refuse the whole batch. */
function isNumber(value: number): boolean {
  return Number.isInteger(value) ? Math.abs(value) < 2 ** 63 : Number.isFinite(value);
}
