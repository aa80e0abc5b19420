/** Times of attempts, 9 bytes each. */

/** A growing list of times with the category of each. */
export class Durations {
  #size = 0;
  #seconds = new Float64Array(64);
  #category = new Uint8Array(64);

  add(seconds: number, category: number): void {
    if (this.#size === this.#seconds.length) this.#grow();
    this.#seconds[this.#size] = seconds;
    this.#category[this.#size++] = category;
  }

  forEach(visit: (seconds: number, category: number) => void): void {
    for (let index = 0; index < this.#size; index++)
      visit(this.#seconds[index] ?? 0, this.#category[index] ?? 0);
  }

  #grow(): void {
    const seconds = new Float64Array(this.#size * 2);
    const category = new Uint8Array(this.#size * 2);
    seconds.set(this.#seconds);
    category.set(this.#category);
    this.#seconds = seconds;
    this.#category = category;
  }
}
