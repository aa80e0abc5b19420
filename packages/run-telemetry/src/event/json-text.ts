/** JSON text of what came from outside. */

/** Undefined where values are nested so deep that the call stack ends: 30,000 brackets are a line of 60 KiB. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
