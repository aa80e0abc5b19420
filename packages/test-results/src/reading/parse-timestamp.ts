/** When a suite started, as its report says it. */

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** A time that was read. */
export interface Timestamp {
  /** Milliseconds since 1970. Where no zone is told it is read as UTC. */
  readonly unixMs: number;
  readonly hasZone: boolean;
}

/** Reads a time of ISO 8601; undefined when it is none. */
export function parseTimestamp(text: string | undefined): Timestamp | undefined {
  const match = ISO.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const hasZone = match[1] !== undefined;
  const zoned = hasZone ? match[0] : `${match[0]}Z`;
  const unixMs = Date.parse(zoned.replace(' ', 'T').replace(',', '.'));
  return Number.isFinite(unixMs) && unixMs > 0 ? { unixMs, hasZone } : undefined;
}
