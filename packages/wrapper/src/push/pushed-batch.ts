/**
 * What was pushed and is not kept yet, one point a series: a receiver takes two points of one series with the same times
 * for a repeat and drops the second. Names are watched for longer: one name has one kind, one unit and one set of bounds.
 */
import { INGEST_LIMITS } from '@ephemetry/contract';
import { faultOf, type Measurement } from './measurement.ts';

/** Points that make one batch. */
export interface PushedPoints {
  readonly points: readonly Measurement[];
  readonly startUnixMs: number;
}

/** Well below the size at which batches are split. */
const BATCH_BYTES = INGEST_LIMITS.batchBytes / 2;
/** What a point takes beside its names and texts. */
const POINT_BYTES = 200;
const BUCKET_BYTES = 24;

/**
 * The most names that are watched: a loop that makes a name of each file goes on for days. One takes about 500 bytes, with
 * all the bounds that it may have 2 KiB.
 */
const NAME_LIMIT = 10_000;

/** Owned by a push. */
export class PushedBatch {
  readonly #names: Map<string, Measurement> = new Map();
  #points: Map<string, Measurement> = new Map();
  #bytes = 0;
  #startUnixMs: number;

  /** @param startUnixMs since when what is pushed may have been measured */
  constructor(startUnixMs: number) {
    this.#startUnixMs = startUnixMs;
  }

  /** @returns why it does not count; `undefined` when it does */
  add(measurement: Measurement): string | undefined {
    const fault = faultOf(measurement) ?? this.#nameFault(measurement);
    if (fault !== undefined) return fault;
    const key = JSON.stringify([measurement.name, Object.entries(measurement.attributes).toSorted(byKey)]);
    const known = this.#points.get(key);
    const sum = known === undefined ? measurement : added(known, measurement);
    const sumFault = known === undefined ? undefined : faultOf(sum);
    if (sumFault !== undefined) return `${sumFault} at once`;
    if (known === undefined) this.#bytes += bytesOf(measurement, key);
    this.#points.set(key, sum);
    return undefined;
  }

  /** Whether as much waits as a batch may hold. */
  isFull(): boolean {
    return this.#bytes >= BATCH_BYTES;
  }

  isEmpty(): boolean {
    return this.#points.size === 0;
  }

  /** What waits; nothing waits afterwards. */
  take(nowUnixMs: number): PushedPoints {
    const taken = { points: [...this.#points.values()], startUnixMs: Math.min(this.#startUnixMs, nowUnixMs) };
    this.#points = new Map();
    this.#bytes = 0;
    this.#startUnixMs = nowUnixMs;
    return taken;
  }

  #nameFault(measurement: Measurement): string | undefined {
    // What receivers cannot tell apart is one name.
    const folded = measurement.name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
    const { name } = measurement;
    const known = this.#names.get(folded);
    if (known === undefined && this.#names.size >= NAME_LIMIT)
      return `${name} is a further name; allowed: ${NAME_LIMIT} names in one push; tell what differs by attributes`;
    const first = known ?? measurement;
    if (known === undefined) this.#names.set(folded, { ...measurement, attributes: {} });
    if (first.kind !== measurement.kind)
      return `${name} is pushed as a ${measurement.kind}, and ${first.name} before as a ${first.kind}; rename one`;
    if (first.unit !== measurement.unit)
      return `${name} is pushed in "${measurement.unit}", and ${first.name} before in "${first.unit}"; use one unit`;
    if (first.kind === 'histogram' && measurement.kind === 'histogram')
      if (`${first.bounds}` !== `${measurement.bounds}`)
        return `${name} is pushed with the bounds ${measurement.bounds.join(',')}, and before with ${first.bounds.join(',')}; use one set`;
    return undefined;
  }
}

/** A gauge replaces, all else is added. */
function added(known: Measurement, more: Measurement): Measurement {
  if (known.kind === 'histogram' && more.kind === 'histogram') {
    const counts = known.counts.map((count, index) => count + (more.counts[index] ?? 0));
    const sum = known.sum === undefined || more.sum === undefined ? undefined : known.sum + more.sum;
    return { ...known, counts, sum };
  }
  if (known.kind === 'counter' && more.kind === 'counter')
    return { ...known, value: known.value + more.value };
  return more;
}

function bytesOf(measurement: Measurement, key: string): number {
  const buckets = measurement.kind === 'histogram' ? measurement.bounds.length : 0;
  return POINT_BYTES + 2 * Buffer.byteLength(key) + 2 * BUCKET_BYTES * buckets;
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : Number(a > b);
}
