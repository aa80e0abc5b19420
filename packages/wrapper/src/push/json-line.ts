/** A measurement as one line of JSON: `{"counter": "deploys_total", "value": 1, "attributes": {"target": "staging"}}`. */
import { distributionOf, type Measurement } from './measurement.ts';

/** A measurement, or why the line is none. */
export type ReadLine =
  | { readonly kind: 'read'; readonly measurement: Measurement }
  | { readonly kind: 'fault'; readonly message: string };

const KINDS = ['counter', 'gauge', 'histogram'] as const;
const KEYS: readonly string[] = [...KINDS, 'value', 'unit', 'bounds', 'attributes'];

/** What a line may look like, for messages. */
export const JSON_LINE_RULE =
  'allowed: {"counter": NAME, "value": NUMBER}, with "gauge", or "histogram" and "bounds", instead, and "unit" and "attributes"';

/** Reads one line; whether its name, values and attributes are allowed is not asked here. */
export function readJsonLine(line: string): ReadLine {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return fault(`it is not JSON; ${JSON_LINE_RULE}`);
  }
  if (!isRecord(given)) return fault(`it is not an object; ${JSON_LINE_RULE}`);
  const unknownKey = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknownKey !== undefined)
    return fault(`it has the key ${JSON.stringify(unknownKey.slice(0, 64))}; allowed: ${KEYS.join(', ')}`);
  const kinds = KINDS.filter((kind) => given[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    return fault(`it must have one of ${KINDS.join(', ')}, but has ${kinds.join(' and ') || 'none'}`);
  return readKind(kind, given);
}

function readKind(kind: (typeof KINDS)[number], given: Readonly<Record<string, unknown>>): ReadLine {
  const { [kind]: name, value, unit = '', bounds, attributes = {} } = given;
  if (typeof name !== 'string') return fault(`"${kind}" must be the name of the metric, as text`);
  if (typeof value !== 'number') return fault(`${name}: "value" must be a number`);
  if (typeof unit !== 'string') return fault(`${name}: "unit" must be text`);
  if (!isTexts(attributes)) return fault(`${name}: "attributes" must be an object of texts`);
  const head = { name, unit, attributes };
  if (kind !== 'histogram')
    return bounds === undefined
      ? { kind: 'read', measurement: { ...head, kind, value } }
      : fault(`${name}: "bounds" are for a histogram`);
  if (!isNumbers(bounds)) return fault(`${name}: a histogram needs "bounds", a list of numbers`);
  return { kind: 'read', measurement: { ...head, kind, ...distributionOf(value, bounds) } };
}

function fault(message: string): ReadLine {
  return { kind: 'fault', message };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
