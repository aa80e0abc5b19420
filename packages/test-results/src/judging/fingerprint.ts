/** Names of tests as 64 bits: a report of a million tests must not hold a million names. */
import type { TestName } from '../test-case.ts';

/** 64 bits in two halves. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

/**
 * The fingerprint of a test. Of 1.28 million tests two share one with a chance of 1 to 22 million.
 *
 * @param place further text that tells tests of one name apart
 */
export function fingerprintOf({ file, className, name }: TestName, place = ''): Fingerprint {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (const text of [file, className, name, place]) {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x85ebca6b) + code;
    }
    // Between texts stands what no text holds.
    high = Math.imul(high ^ 0x1ffff, 0x01000193);
    low = Math.imul(low ^ 0x1ffff, 0x85ebca6b);
  }
  return { high: mixed(high ^ (low >>> 15)), low: mixed(low) };
}

function mixed(half: number): number {
  let bits = Math.imul(half ^ (half >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
