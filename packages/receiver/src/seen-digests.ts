/** Digests that came once, in eight bytes and a free place each. */

const SMALLEST_PLACES = 1_024;

/** A set of digests up to a size; an open addressing table that doubles while it fills. */
export class SeenDigests {
  readonly #largestPlaces: number;
  #places: Uint32Array;
  #size = 0;

  /** @param limitBytes rounded down to a power of two */
  constructor(limitBytes: number) {
    this.#largestPlaces = 2 ** Math.floor(Math.log2(Math.max(limitBytes / 8, 2)));
    this.#places = new Uint32Array(2 * Math.min(this.#largestPlaces, SMALLEST_PLACES));
  }

  get size(): number {
    return this.#size;
  }

  /** Three quarters of the places are taken: a fuller table would be slow. */
  isFull(): boolean {
    return this.#size >= (this.#largestPlaces * 3) / 4;
  }

  has(high: number, low: number): boolean {
    return this.#places[2 * this.#find(high, low) + 1] !== 0;
  }

  /** Nothing is added to a full one. */
  add(high: number, low: number): void {
    if (this.isFull() || this.has(high, low)) return;
    if (this.#size >= (this.#places.length / 2) * 0.75) this.#double();
    this.#put(high, low);
    this.#size += 1;
  }

  #put(high: number, low: number): void {
    const place = 2 * this.#find(high, low);
    this.#places[place] = high;
    this.#places[place + 1] = low || 1;
  }

  /** The digest's place, or the free one where it would stand. A low half of 0 stands for a free place. */
  #find(high: number, low: number): number {
    const places = this.#places.length / 2;
    let place = high % places;
    for (;;) {
      const taken = this.#places[2 * place + 1];
      if (taken === 0) return place;
      if (taken === (low || 1) && this.#places[2 * place] === high) return place;
      place = (place + 1) % places;
    }
  }

  #double(): void {
    const old = this.#places;
    this.#places = new Uint32Array(old.length * 2);
    for (let place = 0; place < old.length; place += 2) {
      const low = old[place + 1] ?? 0;
      if (low !== 0) this.#put(old[place] ?? 0, low);
    }
  }
}
