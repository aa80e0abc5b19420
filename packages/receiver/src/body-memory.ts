/**
 * The bytes of all bodies that are being read. One limit for each body would be as many limits as there are senders.
 *
 *     a body grows ─▶ room left? ─▶ taken
 *                └──▶ another body stands still? ─▶ that one gives way, its sender tries again later
 *                └──▶ refused: its own sender tries again later
 */

/** A body that came this far and no further for so long makes room for one that goes on. */
const STANDS_STILL_AFTER_MS = 250;

/** One body's part of the memory. */
export interface BodyLease {
  /** Whether there is room for so many more bytes. */
  take(bytes: number): boolean;
  /** Something of the body came. */
  touch(): void;
  /** Gives everything back; afterwards the lease takes nothing more. */
  release(): void;
}

interface Holder {
  bytes: number;
  touchedAtMs: number;
  readonly giveWay: () => void;
}

/** Shared by all requests of one receiver. */
export class BodyMemory {
  readonly #nowMs: () => number;
  readonly #holders: Set<Holder> = new Set();
  #freeBytes: number;

  constructor(limitBytes: number, nowMs: () => number = () => performance.now()) {
    this.#freeBytes = limitBytes;
    this.#nowMs = nowMs;
  }

  /** @param giveWay called when the body has to make room; its lease is released already */
  open(giveWay: () => void): BodyLease {
    const holder: Holder = { bytes: 0, touchedAtMs: this.#nowMs(), giveWay };
    this.#holders.add(holder);
    return {
      take: (bytes) => this.#take(holder, bytes),
      touch: () => {
        holder.touchedAtMs = this.#nowMs();
      },
      release: () => this.#release(holder),
    };
  }

  #take(holder: Holder, bytes: number): boolean {
    while (this.#freeBytes < bytes) {
      const idle = this.#longestIdle(holder);
      if (idle === undefined) return false;
      this.#release(idle);
      idle.giveWay();
    }
    if (!this.#holders.has(holder)) return false;
    this.#freeBytes -= bytes;
    holder.bytes += bytes;
    return true;
  }

  #longestIdle(self: Holder): Holder | undefined {
    const before = this.#nowMs() - STANDS_STILL_AFTER_MS;
    let idle: Holder | undefined;
    for (const holder of this.#holders) {
      if (holder === self || holder.bytes === 0 || holder.touchedAtMs > before) continue;
      if (idle === undefined || holder.touchedAtMs < idle.touchedAtMs) idle = holder;
    }
    return idle;
  }

  #release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return;
    this.#freeBytes += holder.bytes;
    holder.bytes = 0;
  }
}
