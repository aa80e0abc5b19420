/**
 * Amounts in words. The exporter has the same line for its own messages: a plural is not worth widening what it
 * exports to every program.
 */

/** `1 batch`, `2 batches`. */
export function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

const UNITS = [
  { name: 'days', ms: 86_400_000 },
  { name: 'hours', ms: 3_600_000 },
  { name: 'minutes', ms: 60_000 },
] as const;

/** How long ago, in the largest unit of which there are two; a clock that was set back gives 0 seconds. */
export function age(fromUnixMs: number, nowUnixMs: number): string {
  const ms = Math.max(0, nowUnixMs - fromUnixMs);
  const unit = UNITS.find((each) => ms >= 2 * each.ms);
  if (unit === undefined) return `${count(Math.floor(ms / 1000), 'second', 'seconds')} ago`;
  return `${Math.floor(ms / unit.ms)} ${unit.name} ago`;
}
