/** What is remembered of a stranger's text: as much for a long one as for a short one. */
import { hash, randomBytes } from 'node:crypto';

/** Digests of one receiver. Nobody who does not know its secret finds two texts that share one. */
export class Digests {
  readonly #secret: string = randomBytes(16).toString('hex');

  /** 128 bits as text, for the key of a Map. */
  text(value: string): string {
    return this.#hash(value).toString('latin1', 0, 16);
  }

  /** 64 bits as two whole numbers, for a {@link SeenDigests}. */
  pair(value: string): readonly [high: number, low: number] {
    const digest = this.#hash(value);
    return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  }

  #hash(value: string): Buffer {
    return hash('sha256', this.#secret + value, 'buffer');
  }
}
