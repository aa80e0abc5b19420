/** What the name of an instrument may be. */

/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
const NAME = /^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/;

/** What is allowed, for messages. */
export const INSTRUMENT_NAME_RULE: string = 'a letter, then up to 254 letters, digits, _ . - /';

/**
 * Whether a meter takes an instrument of this name.
 *
 * @example
 * ```ts
 * import { isInstrumentName } from '@ephemetry/exporter/spool';
 *
 * console.assert(isInstrumentName('deploys_total') && !isInstrumentName('2nd try'));
 * ```
 */
export function isInstrumentName(name: string): boolean {
  return NAME.test(name);
}
