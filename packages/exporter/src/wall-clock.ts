/** The time of day. A host may have put anything in the place of `Date.now`: a stub of its tests tells no time at all. */

/** The latest time that a date can have: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST_UNIX_MS = 8.64e15;

/** Milliseconds since 1970, as the host's clock tells them; where that tells none, as the process knows them. */
export function nowUnixMs(): number {
  const told: unknown = Date.now();
  if (typeof told === 'number' && told >= 0 && told <= LATEST_UNIX_MS) return told;
  return performance.timeOrigin + performance.now();
}
