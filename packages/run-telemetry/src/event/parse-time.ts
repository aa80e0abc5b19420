/** Times as events give them: RFC 3339, or numbers since 1970 whose size tells their unit. */

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** From September 2001 to November 2286 a number has one reading: the ranges of the units do not meet. */
const SECONDS = { from: 1e9, to: 1e10 };
const UNITS: readonly { readonly perSecond: number; readonly perMs: number }[] = [
  { perSecond: 1, perMs: 1e-3 },
  { perSecond: 1e3, perMs: 1 },
  { perSecond: 1e6, perMs: 1e3 },
  { perSecond: 1e9, perMs: 1e6 },
];

/** What a time may be, for messages. */
export const TIME_RULE =
  'RFC 3339 with a zone, as 2026-01-31T12:00:00Z, or seconds, ms, us or ns since 1970 between 2001 and 2286';

/** Milliseconds since 1970; undefined for what is no time. */
export function parseTime(given: unknown): number | undefined {
  if (typeof given === 'number') return fromNumber(given);
  const [, year, month, day] = typeof given === 'string' ? (RFC_3339.exec(given) ?? []) : [];
  if (typeof given !== 'string' || year === undefined) return undefined;
  // `Date.parse` takes 31 February for 3 March.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  if (!isDay) return undefined;
  const unixMs = Date.parse(given.replace(' ', 'T').toUpperCase());
  return Number.isNaN(unixMs) ? undefined : unixMs;
}

function fromNumber(given: number): number | undefined {
  const unit = UNITS.find(
    ({ perSecond }) => given >= SECONDS.from * perSecond && given < SECONDS.to * perSecond,
  );
  return unit === undefined ? undefined : given / unit.perMs;
}
