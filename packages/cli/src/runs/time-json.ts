/** A time as JSON: ISO 8601 in UTC; null where nobody knows it. */
export function timeJson(unixMs: number | null | undefined): string | null {
  return unixMs === undefined || unixMs === null ? null : new Date(unixMs).toISOString();
}
