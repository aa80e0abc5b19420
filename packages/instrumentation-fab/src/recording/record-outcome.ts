import type { PersistOutcome } from '@ephemetry/exporter';

/** What became of a record: what the provider's `persist()` answered, or why there was none. */
export type RecordOutcome =
  | PersistOutcome
  /** Recorded; this provider has no `persist()` and exports when it sees fit. */
  | { readonly kind: 'recorded' }
  /** Nothing of it was recorded; `message` says what was given and what is allowed. */
  | RefusedInput;

/** Input that cannot be recorded. */
export interface RefusedInput {
  readonly kind: 'refused';
  readonly message: string;
}

/** A refusal: where the value stands, what it is, what is allowed there. */
export function refuse(where: string, given: unknown, allowed: string): RefusedInput {
  return { kind: 'refused', message: `${where} is ${describe(given)}; allowed: ${allowed}` };
}

/** Free text may hold secrets or pages of output: its kind is enough. */
function describe(given: unknown): string {
  if (given === null || typeof given === 'number' || typeof given === 'boolean') return String(given);
  if (Array.isArray(given)) return 'an array';
  if (given === undefined) return 'missing';
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`;
}
