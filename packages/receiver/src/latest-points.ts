/** The newest point of each stream: what cumulative senders and gauges need. */

/** A value with the times of its OTLP data point. */
export interface Timed<Value> {
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly value: Value;
}

/**
 * Keeps one point a key, whichever order they come in. Of two points of the same time the larger by `compare`
 * stays, so that the outcome does not depend on the order either.
 */
export class LatestPoints<Value> {
  readonly #points = new Map<string, Timed<Value>>();
  readonly #compare: (a: Value, b: Value) => number;

  constructor(compare: (a: Value, b: Value) => number) {
    this.#compare = compare;
  }

  has(key: string): boolean {
    return this.#points.has(key);
  }

  add(key: string, point: Timed<Value>): void {
    const known = this.#points.get(key);
    if (known === undefined || isNewer(point, known, this.#compare)) this.#points.set(key, point);
  }

  *values(): Generator<Value> {
    for (const { value } of this.#points.values()) yield value;
  }
}

/** Whether a point takes the place of another. */
export function isNewer<Value>(
  point: Timed<Value>,
  known: Timed<Value>,
  compare: (a: Value, b: Value) => number,
): boolean {
  if (point.startUnixNano !== known.startUnixNano) return point.startUnixNano > known.startUnixNano;
  if (point.timeUnixNano !== known.timeUnixNano) return point.timeUnixNano > known.timeUnixNano;
  return compare(point.value, known.value) > 0;
}

/**
 * The key of a cumulative stream. One that starts again counts from 0 again, so both parts count; that also tells
 * apart runs that do not name their instance. An up-and-down sum that starts again has forgotten what it held.
 */
export function cumulativeKey(point: {
  readonly startUnixNano: bigint;
  readonly stream: string;
  readonly kind: string;
}): string {
  return point.kind === 'updown' ? point.stream : `${point.startUnixNano}${point.stream}`;
}
