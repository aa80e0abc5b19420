/** Remembers which measurements were merged, so that a batch that is sent again adds nothing. */
import type { ReceivedBatch, ReceivedPoint } from './received-batch.ts';

/**
 * Remembers by point, not by batch: a Collector between sender and receiver may split one batch over two requests.
 * Bounded by the number of points; the oldest batches are forgotten first, and counted.
 */
export class SeenBatches {
  readonly #limitPoints: number;
  /** Batch to its points; a Map keeps the order in which batches came first. */
  readonly #batches: Map<string, Set<string>> = new Map();
  #points = 0;
  #forgotten = 0;

  constructor(limitPoints: number) {
    this.#limitPoints = limitPoints;
  }

  /** Whether this point of this batch was remembered. Batches without an identity are never known. */
  has(batch: ReceivedBatch, point: ReceivedPoint): boolean {
    const identity = identityOf(batch);
    return identity !== undefined && this.#batches.get(identity)?.has(pointKey(point)) === true;
  }

  remember(batch: ReceivedBatch, point: ReceivedPoint): void {
    const identity = identityOf(batch);
    if (identity === undefined) return;
    const points = this.#batches.get(identity) ?? new Set();
    this.#batches.set(identity, points.add(pointKey(point)));
    this.#points += 1;
    while (this.#points > this.#limitPoints && this.#batches.size > 1) this.#forgetOldest();
  }

  /** Batches whose repeat would not be noticed any more. */
  forgotten(): number {
    return this.#forgotten;
  }

  #forgetOldest(): void {
    for (const [identity, points] of this.#batches) {
      this.#batches.delete(identity);
      this.#points -= points.size;
      this.#forgotten += 1;
      return;
    }
  }
}

function identityOf({ instanceId, sequence }: ReceivedBatch): string | undefined {
  return instanceId === undefined || sequence === undefined ? undefined : `${sequence} ${instanceId}`;
}

function pointKey({ stream, startUnixNano, timeUnixNano }: ReceivedPoint): string {
  return `${startUnixNano} ${timeUnixNano} ${stream}`;
}
