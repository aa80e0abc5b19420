/** The last values of an observable counter, and what they have increased by since. */
import type { Attributes } from '@opentelemetry/api';
import { attributesKey } from '../attributes.ts';
import type { Complaints } from '../complaints.ts';
import { CARDINALITY_LIMIT, OVERFLOW } from '../instrument-state.ts';
import type { Observation } from './observations.ts';

/** What an attribute set has counted since it was observed last. */
export interface Increase {
  readonly attributes: Attributes;
  readonly increase: number;
}

const OVERFLOW_KEY = attributesKey(OVERFLOW);

/**
 * Owned by one observable counter. An attribute set that is not observed any more keeps its value: when it comes back, it
 * adds what is new.
 */
export class CumulativeValues {
  readonly #name: string;
  /** Whether it counted before this process was there: then the first value is where counting begins. */
  readonly #isOlder: boolean;
  readonly #complaints: Complaints;
  readonly #last: Map<string, number> = new Map();
  #isFallSaid = false;

  constructor(name: string, isOlder: boolean, complaints: Complaints) {
    this.#name = name;
    this.#isOlder = isOlder;
    this.#complaints = complaints;
  }

  /** What is new in the values of one call; a set that has not increased is new only the first time. */
  increases(observations: readonly Observation[]): Increase[] {
    return this.#limit(observations).flatMap(({ key, attributes, value }) => {
      const last = this.#last.get(key);
      this.#last.set(key, value);
      if (last === value) return [];
      return [{ attributes, increase: this.#increase(last, value, key) }];
    });
  }

  #increase(last: number | undefined, value: number, key: string): number {
    if (last === undefined) return this.#isOlder ? 0 : value;
    if (value > last) return value - last;
    this.#sayFall(value, last);
    // How much of a machine's counter is of this run, and which sets of an overflow are gone, nobody knows.
    return this.#isOlder || key === OVERFLOW_KEY ? 0 : value;
  }

  #sayFall(value: number, last: number): void {
    if (this.#isFallSaid) return;
    this.#isFallSaid = true;
    this.#complaints.add(
      `${this.#name}: a callback reported ${value} after ${last}; the counter is treated as restarted`,
    );
  }

  /** Sets beyond the limit are added up: together they are one set. */
  #limit(observations: readonly Observation[]): readonly Observation[] {
    let places = CARDINALITY_LIMIT - 1 - this.#last.size;
    let rest: number | undefined;
    const kept = observations.filter(({ key, value }) => {
      if (this.#last.has(key)) return true;
      places -= 1;
      if (places >= 0) return true;
      rest = (rest ?? 0) + value;
      return false;
    });
    if (rest === undefined) return observations;
    return [...kept, { key: OVERFLOW_KEY, attributes: OVERFLOW, value: rest }];
  }
}
