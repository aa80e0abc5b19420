/** The time of day. A host may have put anything in the place of `Date.now`: a stub of its tests tells no time at all. */

/** The latest time that a date can have: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST_UNIX_MS = 8.64e15;

/** By falling trust: the host's clock, then what it has probably left alone. */
const CLOCKS: readonly (() => unknown)[] = [
  () => Date.now(),
  // biome-ignore lint/complexity/useDateNow: a host that has replaced `now` has mostly left the date alone.
  () => new Date().getTime(),
  () => performance.timeOrigin + performance.now(),
];

/** Milliseconds since 1970, as the host's clock tells them; where that tells none, as the process knows them. */
export function nowUnixMs(): number {
  for (const clock of CLOCKS) {
    const told = ask(clock);
    if (typeof told === 'number' && told >= 0 && told <= LATEST_UNIX_MS) return told;
  }
  return 0;
}

function ask(clock: () => unknown): unknown {
  try {
    return clock();
  } catch {
    return undefined;
  }
}
