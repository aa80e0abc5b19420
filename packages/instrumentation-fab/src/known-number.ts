/**
 * Numbers from outside, known or not. Unknown is never 0: a missing, negative, infinite or NaN value
 * is undefined, and nothing is recorded for it.
 */

/** The value as a count: a whole number of at least 0. Undefined for anything else. */
export function knownCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The value as an amount: a finite number of at least 0. Undefined for anything else. */
export function knownAmount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The value's properties, when it has any. */
export function properties(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
