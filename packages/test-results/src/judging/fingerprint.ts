/** Names of tests as 64 bits: a report of a million tests must not hold a million names. */
import type { TestName } from '../test-case.ts';

/** 64 bits in two halves. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

/** Makes fingerprints. Tests of one class stand together: what is known of the last one is used again. */
export class Fingerprints {
  #file = '';
  #className = '';
  #ofClass: Fingerprint = withText(withText(START, ''), '');

  /**
   * The fingerprint of a test. Of 1.28 million tests two share one with a chance of 1 to 22 million.
   *
   * @param place further text that tells tests of one name apart
   */
  of({ file, className, name }: TestName, place = ''): Fingerprint {
    if (file !== this.#file || className !== this.#className) {
      this.#file = file;
      this.#className = className;
      this.#ofClass = withText(withText(START, file), className);
    }
    const { high, low } = withText(withText(this.#ofClass, name), place);
    return { high: mixed(high ^ (low >>> 15)), low: mixed(low) };
  }
}

const START: Fingerprint = { high: 0x811c9dc5, low: 0x9e3779b9 };

function withText(before: Fingerprint, text: string): Fingerprint {
  let { high, low } = before;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = (Math.imul(low ^ code, 0x85ebca6b) + code) | 0;
  }
  // Between texts stands what no text holds.
  return { high: Math.imul(high ^ 0x1ffff, 0x01000193), low: Math.imul(low ^ 0x1ffff, 0x85ebca6b) };
}

function mixed(half: number): number {
  let bits = Math.imul(half ^ (half >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
