/**
 * Totals so far become what was added since the point before, and a delta that comes again is dropped. State is changed
 * only by {@link Deltas.commit}: what is not on disk has not come.
 */
import { INGEST_LIMITS } from '@ephemetry/contract';
import type { SoundPoint } from '@ephemetry/receiver/otlp';

/** What came last in a stream. */
interface Latest {
  readonly isTotal: boolean;
  readonly timeUnixNano: bigint;
  readonly startUnixNano: bigint;
  readonly value: number | bigint;
  readonly counts: readonly bigint[];
  readonly sum: number | undefined;
}

/** A point as a delta, with its own times; `undefined` fields are not of its kind. */
export interface DeltaPoint {
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly value: number | bigint;
  readonly counts: readonly bigint[];
  readonly sum: number | undefined;
}

/** What becomes of a point. */
export type Change =
  | { readonly kind: 'passed'; readonly point: DeltaPoint }
  /** It adds nothing: it came before, or is where a stream that began earlier is counted from. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'refused';
      readonly reason: 'no_new_start' | 'no_time' | 'out_of_range' | 'stream_limit';
      readonly message: string;
    };

/**
 * The most streams that are remembered; those idle longest are forgotten, so that a supervisor may go on starting
 * processes. One takes about 300 bytes.
 */
const STREAM_LIMIT = 50_000;

/** Owned by the receiver of a command. */
export class Deltas {
  /** Streams that were there before belong to somebody else up to their first point here. */
  readonly #since: bigint;
  readonly #streamLimit: number;
  /** Those idle longest first. */
  readonly #latest: Map<string, Latest> = new Map();
  #pending: Map<string, Latest> = new Map();
  /** The newest start of a total that was forgotten: one that began later was not. */
  #forgottenStart = -1n;

  constructor(sinceUnixNano: bigint, streamLimit: number = STREAM_LIMIT) {
    this.#since = sinceUnixNano;
    this.#streamLimit = streamLimit;
  }

  /** What a point adds. Counted from the next `commit` on. */
  take({ point, stream }: SoundPoint): Change {
    const now = latestOf(point);
    if (point.kind === 'gauge') return { kind: 'passed', point: now };
    if (now.startUnixNano === 0n) return STARTLESS;
    const isDelta = point.temporality === 'delta';
    const key = isDelta ? stream : `${stream} ${point.startUnixNano}`;
    const before = this.#pending.get(key) ?? this.#latest.get(key);
    if (isDelta) {
      if (before?.timeUnixNano === now.timeUnixNano && before.startUnixNano === now.startUnixNano)
        return isSame(before, now) ? { kind: 'nothing' } : TWO_AT_ONCE;
      this.#pending.set(key, now);
      return { kind: 'passed', point: now };
    }
    // Sent again. Of one that was overtaken nobody knows whether the newer one holds it: another process may count there.
    if (before !== undefined && now.timeUnixNano <= before.timeUnixNano)
      return isSame(before, now) ? { kind: 'nothing' } : TWO_AT_ONCE;
    if (before !== undefined && hasFallen(point.kind, before, now)) return FALLEN;
    this.#pending.set(key, now);
    if (before !== undefined) return passed(difference(before, now));
    if (now.startUnixNano < this.#since) return { kind: 'nothing' };
    return now.startUnixNano > this.#forgottenStart ? passed(now) : this.#perhapsForgotten();
  }

  #perhapsForgotten(): Change {
    const message = `there are more than ${this.#streamLimit} streams, and this one may have been counted and forgotten; it counts from its next point`;
    return { kind: 'refused', reason: 'stream_limit', message };
  }

  /** What was taken is on disk. */
  commit(): void {
    for (const [key, latest] of this.#pending) {
      this.#latest.delete(key);
      this.#latest.set(key, latest);
    }
    this.#pending = new Map();
    for (const [key, latest] of this.#latest) {
      if (this.#latest.size <= this.#streamLimit) return;
      this.#latest.delete(key);
      if (latest.isTotal && latest.startUnixNano > this.#forgottenStart)
        this.#forgottenStart = latest.startUnixNano;
    }
  }

  /** What was taken is lost, and comes again. */
  rollBack(): void {
    this.#pending = new Map();
  }
}

/** A Collector may refuse it when its sender was told that it is taken. Of such a total nobody knows whether it began anew. */
const STARTLESS: Change = {
  kind: 'refused',
  reason: 'no_time',
  message: 'a data point does not say when it began; allowed: a startTimeUnixNano above 0',
};

const TWO_AT_ONCE: Change = {
  kind: 'refused',
  reason: 'no_new_start',
  message:
    'a point is no newer than the one before and says something else: two processes report under one name; give each its own OTEL_RESOURCE_ATTRIBUTES=service.instance.id=…',
};

const FALLEN: Change = {
  kind: 'refused',
  reason: 'no_new_start',
  message:
    'a total fell without a new start time: two processes report under one name; give each its own OTEL_RESOURCE_ATTRIBUTES=service.instance.id=…',
};

function latestOf(point: SoundPoint['point']): Latest {
  const { startUnixNano, timeUnixNano } = point;
  const isTotal = 'temporality' in point && point.temporality === 'cumulative';
  if (point.kind === 'histogram') {
    const { count, counts, sum } = point;
    return { isTotal, startUnixNano, timeUnixNano, value: count, counts, sum };
  }
  return { isTotal, startUnixNano, timeUnixNano, value: point.value, counts: [], sum: undefined };
}

function hasFallen(kind: 'counter' | 'updown' | 'histogram', before: Latest, now: Latest): boolean {
  if (kind === 'updown') return false;
  return now.value < before.value || now.counts.some((count, index) => count < (before.counts[index] ?? 0n));
}

function isSame(before: Latest, now: Latest): boolean {
  return (
    // A whole number may come as an integer and as a double.
    Number(now.value) === Number(before.value) &&
    now.sum === before.sum &&
    now.counts.length === before.counts.length &&
    now.counts.every((count, index) => count === before.counts[index])
  );
}

/** A total that has not moved adds nothing. What was added at once may be smaller than a total, here as at a gateway. */
function passed(point: DeltaPoint): Change {
  if (isBeyond(point.value) || isBeyond(point.sum ?? 0)) return TOO_MUCH;
  const isZero = Number(point.value) === 0 && (point.sum ?? 0) === 0;
  return isZero ? { kind: 'nothing' } : { kind: 'passed', point };
}

function isBeyond(value: number | bigint): boolean {
  const limit = INGEST_LIMITS.deltaMagnitude;
  return value > limit || value < -limit;
}

const TOO_MUCH: Change = {
  kind: 'refused',
  reason: 'out_of_range',
  message: 'a total grew by more than 2^53 at once; allowed: up to 2^53; it counts from its next point',
};

function difference(before: Latest, now: Latest): DeltaPoint {
  return {
    startUnixNano: before.timeUnixNano,
    timeUnixNano: now.timeUnixNano,
    value: minus(now.value, before.value),
    counts: now.counts.map((count, index) => count - (before.counts[index] ?? 0n)),
    sum: now.sum === undefined || before.sum === undefined ? undefined : now.sum - before.sum,
  };
}

function minus(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a - b : Number(a) - Number(b);
}
