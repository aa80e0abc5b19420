/** Text of what a host passes: a value that has none, such as an object without a prototype, must not be thrown back at it. */

/** The value as text. Never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that cannot be turned into text';
  }
}
