/** Attribute sets: what is kept of what a caller passed, and the key that two equal sets share. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/**
 * A key for a set of attributes, cheap enough for every measurement. Two sets with the same entries in
 * another order get two keys: they become two points of one batch, which every receiver adds up.
 */
export function attributesKey(attributes: Attributes): string {
  let key = '';
  for (const name in attributes) {
    const value = attributes[name];
    const text =
      typeof value === 'string'
        ? `s${value}`
        : typeof value === 'object'
          ? JSON.stringify(value)
          : `${typeof value}${value}`;
    key += `${name}\u0001${text}\u0002`;
  }
  return key;
}

/** A copy with only what OTLP can carry; `dropped` counts the rest. */
export function keepValidAttributes(attributes: Attributes): {
  readonly kept: Attributes;
  readonly dropped: number;
} {
  const kept: Attributes = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name !== '' && isAttributeValue(value)) kept[name] = Array.isArray(value) ? [...value] : value;
    else dropped += 1;
  }
  return { kept, dropped };
}

/** Primitive, or a list of one primitive type (null and undefined may be among them), as the API defines it. */
function isAttributeValue(value: unknown): value is AttributeValue {
  if (!Array.isArray(value)) return isPrimitive(value);
  const present = value.filter((element) => element !== null && element !== undefined);
  return present.every((element) => isPrimitive(element) && typeof element === typeof present[0]);
}

function isPrimitive(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}
