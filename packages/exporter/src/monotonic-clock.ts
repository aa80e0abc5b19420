/** A clock that no time correction moves. */

/** As it was when this was loaded: a host that tests itself may put one that stands still in its place. */
const { hrtime, uptime } = process;

/**
 * Milliseconds since some moment. Not `performance.now()`: a program that has not used it pays 1.7 ms for
 * loading it, in the middle of its exit.
 */
export function monotonicMs(): number {
  const told = tell();
  return Number.isFinite(told) ? told : uptime() * 1000;
}

/** The host may have replaced it before: then it tells anything, or throws. */
function tell(): number {
  try {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  } catch {
    return Number.NaN;
  }
}
