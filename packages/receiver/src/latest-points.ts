/** The newest point of each stream: what cumulative senders and gauges need. */

/** Anything with the times of an OTLP data point. */
interface Timed {
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/**
 * Keeps one point a key, whichever order they come in. Of two points of the same time the larger by `compare`
 * stays, so that the outcome does not depend on the order either.
 */
export class LatestPoints<Point extends Timed> {
  readonly #points = new Map<string, Point>();
  readonly #compare: (a: Point, b: Point) => number;

  constructor(compare: (a: Point, b: Point) => number) {
    this.#compare = compare;
  }

  has(key: string): boolean {
    return this.#points.has(key);
  }

  add(key: string, point: Point): void {
    const known = this.#points.get(key);
    if (known === undefined || this.#isNewer(point, known)) this.#points.set(key, point);
  }

  values(): Iterable<Point> {
    return this.#points.values();
  }

  #isNewer(point: Point, known: Point): boolean {
    if (point.startUnixNano !== known.startUnixNano) return point.startUnixNano > known.startUnixNano;
    if (point.timeUnixNano !== known.timeUnixNano) return point.timeUnixNano > known.timeUnixNano;
    return this.#compare(point, known) > 0;
  }
}

/**
 * The key of a cumulative stream. One that starts again counts from 0 again, so both parts count; that also tells
 * apart runs that do not name their instance. An up-and-down sum that starts again has forgotten what it held.
 */
export function cumulativeKey(point: Timed & { readonly stream: string; readonly kind: string }): string {
  return point.kind === 'updown' ? point.stream : `${point.startUnixNano}${point.stream}`;
}
