/** `Retry-After`: RFC 9110, 10.2.3. */

/** One answer must not silence a program for a year. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** An HTTP date, today's form or one of the two obsolete ones. `Date.parse` alone takes "-5" for a date. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d/;

/** Seconds or a date as milliseconds from now, at least 0 and at most {@link LONGEST_RETRY_AFTER_MS}; undefined for anything else. */
export function parseRetryAfter(text: string | undefined, nowUnixMs: number): number | undefined {
  const ms = text === undefined ? Number.NaN : parse(text.trim(), nowUnixMs);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}

function parse(text: string, nowUnixMs: number): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return HTTP_DATE.test(text) ? Date.parse(text) - nowUnixMs : Number.NaN;
}
