/** A clock that no time correction moves. */

/**
 * Milliseconds since some moment. Not `performance.now()`: a program that has not used it pays 1.7 ms for
 * loading it, in the middle of its exit.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
