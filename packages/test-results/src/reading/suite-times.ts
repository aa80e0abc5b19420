/**
 * When the suites of a report began and ended. A time without a zone is UTC, but for pytest, which wrote the clock on the wall of
 * its machine for years: that is the zone of the machine that reads, unless the report tells the moment otherwise.
 */
import { parseSeconds } from './parse-seconds.ts';
import { parseTimestamp } from './parse-timestamp.ts';
import type { ReadReport } from './report-reading.ts';
import type { Runner } from './runner.ts';

/** Adds the times of one report up. */
export class SuiteTimes {
  readonly #localMs: (asUtcMs: number) => number;
  readonly #zoned = new Span();
  readonly #zoneless = new Span();
  #toldStartMs: number | undefined;

  /** @param localMs when a clock on the wall shows what a clock of UTC shows at that time */
  constructor(localMs: (asUtcMs: number) => number = localTime) {
    this.#localMs = localMs;
  }

  /** Adds a suite by its attributes. */
  add(timestamp: string | undefined, time: string | undefined): void {
    const start = parseTimestamp(timestamp);
    if (start === undefined) return;
    const span = start.hasZone ? this.#zoned : this.#zoneless;
    span.add(start.unixMs, start.unixMs + (parseSeconds(time) ?? 0) * 1000);
  }

  /** The moment of the first start, with a zone: what was written without one began then. */
  tell(timestamp: string): void {
    const start = parseTimestamp(timestamp);
    if (start?.hasZone === true) this.#toldStartMs = start.unixMs;
  }

  /** From the first start to the last end. */
  of(runner: Runner): Pick<ReadReport, 'startUnixMs' | 'endUnixMs'> {
    const all = new Span();
    all.join(this.#zoned, 0);
    all.join(this.#zoneless, this.#shiftMs(runner));
    return all.isEmpty ? {} : { startUnixMs: all.startMs, endUnixMs: all.endMs };
  }

  #shiftMs(runner: Runner): number {
    const { startMs, isEmpty } = this.#zoneless;
    if (isEmpty || runner !== 'pytest') return 0;
    return (this.#toldStartMs ?? this.#localMs(startMs)) - startMs;
  }
}

class Span {
  startMs: number = Number.POSITIVE_INFINITY;
  endMs: number = Number.NEGATIVE_INFINITY;

  get isEmpty(): boolean {
    return !Number.isFinite(this.startMs);
  }

  add(startMs: number, endMs: number): void {
    this.startMs = Math.min(this.startMs, startMs);
    this.endMs = Math.max(this.endMs, endMs);
  }

  join(other: Span, shiftMs: number): void {
    if (!other.isEmpty) this.add(other.startMs + shiftMs, other.endMs + shiftMs);
  }
}

function localTime(asUtcMs: number): number {
  const shown = new Date(asUtcMs);
  return new Date(
    shown.getUTCFullYear(),
    shown.getUTCMonth(),
    shown.getUTCDate(),
    shown.getUTCHours(),
    shown.getUTCMinutes(),
    shown.getUTCSeconds(),
    shown.getUTCMilliseconds(),
  ).getTime();
}
