/** What one call of a callback observes, held back until the call is over. */
import type { Attributes } from '@opentelemetry/api';

/** A value under an attribute set; equal sets have equal keys. */
export interface Observation {
  readonly value: number;
  readonly attributes: Attributes;
  readonly key: string;
}

/** Owned by one call. Of several values under one attribute set the last counts, as in the SDK. */
export class Observations<Instrument> {
  readonly #byInstrument: Map<Instrument, Map<string, Observation>> = new Map();

  add(instrument: Instrument, observation: Observation): void {
    const observed = this.#byInstrument.get(instrument) ?? new Map<string, Observation>();
    observed.set(observation.key, observation);
    this.#byInstrument.set(instrument, observed);
  }

  byInstrument(): [Instrument, Observation[]][] {
    return [...this.#byInstrument].map(([instrument, observed]) => [instrument, [...observed.values()]]);
  }
}
