/**
 * Remembers which points were merged, so that a batch that is sent again adds nothing. By point, not by batch: a
 * Collector between sender and receiver may split one batch over two requests.
 *
 *     ┌───────┬───────┬───────┬─ … ─┬───────┐   eight parts, filled one after the other
 *     │ oldest│       │       │     │ newest│ ◀── a point
 *     └───────┴───────┴───────┴─ … ─┴───────┘
 *         └─▶ forgotten when the newest is full and there are eight, or when it is older than the window
 */
import { SeenDigests } from './seen-digests.ts';

/** How much is remembered, and for how long. */
export interface DuplicateMemoryLimits {
  readonly limitBytes: number;
  /** Longest time that is promised. */
  readonly windowSeconds: number;
}

/** A digest, as `Digests.pair` gives it. */
type Digest = readonly [high: number, low: number];

interface Part {
  readonly digests: SeenDigests;
  readonly beganAtMs: number;
  endedAtMs: number;
  isFull: boolean;
  batches: number;
}

const PARTS = 8;

export class DuplicateMemory {
  readonly #limits: DuplicateMemoryLimits;
  readonly #nowMs: () => number;
  /** Oldest first. */
  #parts: Part[] = [];
  #forgottenBatches = 0;

  constructor(limits: DuplicateMemoryLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  has([high, low]: Digest): boolean {
    return this.#parts.some(({ digests }) => digests.has(high, low));
  }

  /** Remembers a point. */
  add([high, low]: Digest): void {
    this.#newest().digests.add(high, low);
  }

  /** Remembers that a batch came, to count it when it is forgotten. */
  addBatch(digest: Digest): void {
    if (this.has(digest)) return;
    const part = this.#newest();
    part.digests.add(...digest);
    part.batches += 1;
  }

  /** Batches whose repeat would not be noticed any more. */
  forgottenBatches(): number {
    return this.#forgottenBatches;
  }

  /**
   * For how many seconds a batch that comes now will be known again. While points come so fast that the parts would be
   * overwritten within the window, this is half of the time that it would take at the fastest rate that is remembered.
   */
  windowSeconds(): number {
    const seconds = this.#parts.map((part) => this.#secondsUntilOverwritten(part));
    return Math.floor(Math.min(this.#limits.windowSeconds, ...seconds));
  }

  #secondsUntilOverwritten({ isFull, beganAtMs, endedAtMs }: Part): number {
    if (!isFull) return Number.POSITIVE_INFINITY;
    return ((endedAtMs - beganAtMs) * (PARTS - 1)) / 2 / 1_000;
  }

  /** A part with room, of now. */
  #newest(): Part {
    const nowMs = this.#nowMs();
    const newest = this.#parts.at(-1);
    const partMs = (this.#limits.windowSeconds * 1_000) / (PARTS - 1);
    if (newest !== undefined && !newest.digests.isFull() && nowMs - newest.beganAtMs < partMs) return newest;
    if (newest !== undefined) {
      newest.endedAtMs = nowMs;
      newest.isFull = newest.digests.isFull();
    }
    const part: Part = {
      digests: new SeenDigests(this.#limits.limitBytes / PARTS),
      beganAtMs: nowMs,
      endedAtMs: nowMs,
      isFull: false,
      batches: 0,
    };
    this.#parts.push(part);
    if (this.#parts.length > PARTS) this.#forgottenBatches += this.#parts.shift()?.batches ?? 0;
    return part;
  }
}
