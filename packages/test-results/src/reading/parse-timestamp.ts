/** When a suite started, as its report says it. */

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a time of ISO 8601; without a zone it is UTC.
 *
 * @returns milliseconds since 1970; undefined when it is none
 */
export function parseTimestamp(text: string | undefined): number | undefined {
  const match = ISO.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const zoned = match[1] === undefined ? `${match[0]}Z` : match[0];
  const unixMs = Date.parse(zoned.replace(' ', 'T').replace(',', '.'));
  return Number.isFinite(unixMs) && unixMs > 0 ? unixMs : undefined;
}
