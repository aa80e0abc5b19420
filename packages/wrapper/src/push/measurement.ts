/** One measurement that somebody pushes, and what it may be. */
import { INGEST_LIMITS, METRIC_FAMILIES, type MetricDefinition, RECEIVE_PREFIX } from '@ephemetry/contract';
import { INSTRUMENT_NAME_RULE, isInstrumentName } from '@ephemetry/exporter/spool';

/** What is pushed: an amount that is added, a level that replaces, or values sorted into buckets. */
export type Measurement =
  | (MeasurementHead & { readonly kind: 'counter' | 'gauge'; readonly value: number })
  | (MeasurementHead & { readonly kind: 'histogram' } & Distribution);

/** What every kind has. */
export interface MeasurementHead {
  readonly name: string;
  /** As UCUM writes it; empty for none. */
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One value, or many. */
export interface Distribution {
  /** Upper bounds, inclusive, rising. */
  readonly bounds: readonly number[];
  /** One more than bounds: the last one is for what is above all of them. */
  readonly counts: readonly number[];
  /** `undefined` when nobody knows it. */
  readonly sum: number | undefined;
}

/** A distribution of one value. */
export function distributionOf(value: number, bounds: readonly number[]): Distribution {
  const found = bounds.findIndex((bound) => value <= bound);
  const bucket = found === -1 ? bounds.length : found;
  return { bounds, counts: [...bounds, 0].map((_, index) => (index === bucket ? 1 : 0)), sum: value };
}

/** The most buckets: each is a series wherever it is shown. */
const BOUNDS_LIMIT = 128;
/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-unit */
const UNIT = /^[\x20-\x7e]{0,63}$/;
const MAGNITUDE = INGEST_LIMITS.deltaMagnitude;

/** Says what keeps it from being counted: what was given and what is allowed. `undefined` when nothing does. */
export function faultOf(measurement: Measurement): string | undefined {
  const { name, unit, attributes } = measurement;
  if (!isInstrumentName(name)) return `the name is ${JSON.stringify(name)}; allowed: ${INSTRUMENT_NAME_RULE}`;
  if (name.startsWith(RECEIVE_PREFIX))
    return `the name is ${name}; names that begin with ${RECEIVE_PREFIX} are a receiver's own`;
  if (!UNIT.test(unit))
    return `${name}: the unit is ${JSON.stringify(unit)}; allowed: up to 63 ASCII characters`;
  return attributesFault(name, attributes) ?? valueFault(measurement) ?? contractFault(measurement);
}

function attributesFault(name: string, attributes: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(attributes);
  if (entries.some(([key]) => key === '')) return `${name}: an attribute has no name`;
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  const limit = INGEST_LIMITS.pointAttributesBytes;
  return bytes > limit ? `${name} has ${bytes} bytes of attributes; allowed: ${limit}` : undefined;
}

function valueFault(measurement: Measurement): string | undefined {
  const { name } = measurement;
  if (measurement.kind === 'histogram') return distributionFault(name, measurement);
  const { kind, value } = measurement;
  if (!Number.isFinite(value)) return `${name}: the value is ${value}; allowed: finite numbers`;
  if (kind === 'gauge') return undefined;
  if (value < 0) return `${name}: a counter is given ${value}; allowed: 0 or more, which is added`;
  return value > MAGNITUDE ? `${name}: a counter is given ${value}; allowed: up to 2^53` : undefined;
}

function distributionFault(name: string, { bounds, counts, sum = 0 }: Distribution): string | undefined {
  if (bounds.length === 0 || bounds.length > BOUNDS_LIMIT || !isRising(bounds))
    return `${name}: the bounds are ${bounds.slice(0, 8).join(', ') || 'empty'}; allowed: 1 to ${BOUNDS_LIMIT} finite numbers, each above the one before`;
  if (!Number.isFinite(sum)) return `${name}: the value is ${sum}; allowed: finite numbers`;
  if (sum < 0) return `${name}: a histogram is given ${sum}; allowed: 0 or more`;
  const count = counts.reduce((total, each) => total + each, 0);
  return sum > MAGNITUDE || count > MAGNITUDE ? `${name}: a histogram is given more than 2^53` : undefined;
}

function isRising(bounds: readonly number[]): boolean {
  return bounds.every(
    (bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY),
  );
}

/** Another kind, or other bounds, under a name of the contract is refused by whoever knows the contract. */
function contractFault(measurement: Measurement): string | undefined {
  const declared = declaredMetric(measurement.name);
  if (declared === undefined) return undefined;
  if (declared.instrument !== measurement.kind)
    return `${measurement.name} is a ${declared.instrument}, not a ${measurement.kind}; take another name`;
  if (measurement.kind !== 'histogram' || `${declared.bounds}` === `${measurement.bounds}`) return undefined;
  return `${measurement.name} has the bounds ${declared.bounds?.join(',')}; take these, or another name`;
}

function declaredMetric(name: string): MetricDefinition | undefined {
  for (const { metrics } of Object.values(METRIC_FAMILIES))
    for (const metric of Object.values<MetricDefinition>(metrics)) if (metric.name === name) return metric;
  return undefined;
}
