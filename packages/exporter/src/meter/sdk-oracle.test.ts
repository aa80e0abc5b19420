/**
 * We add up measurements ourselves; this proves that it costs no semantics. The same measurements through the
 * official SDK with delta temporality, collected at the same moments, give the same OTLP points.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import {
  type Attributes,
  type AttributeValue,
  type MeterProvider,
  type MetricOptions,
  ValueType,
} from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  MetricReader,
  MeterProvider as SdkMeterProvider,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createMeterProvider } from '../ephemeral-meter-provider.ts';

// Random counters fall.
vi.mock('../stderr-line.ts', () => ({ writeStderrLine: () => {} }));

/** What happens: a measurement, or a moment at which everything since the last one becomes a batch. */
type Step =
  | {
      readonly kind: 'measure';
      readonly instrument: number;
      readonly value: number;
      readonly attributes: Attributes | undefined;
    }
  | { readonly kind: 'collect' };

const INT: MetricOptions = { valueType: ValueType.INT };
const BOUNDS: MetricOptions = { unit: 's', advice: { explicitBucketBoundaries: [-1, 0.5, 3, 1000] } };
const NO_BOUNDS: MetricOptions = { advice: { explicitBucketBoundaries: [] } };

/** All synchronous instruments in several scopes; `measure` hides that some add and others record. */
function createInstruments(provider: MeterProvider): ((value: number, attributes?: Attributes) => void)[] {
  const jobs = provider.getMeter('jobs', '1.2.3');
  const files = provider.getMeter('files', '0.1.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.26.0' });
  const counters = [
    jobs.createCounter('jobs_total', { ...INT, unit: '{job}', description: 'Jobs that ran.' }),
    jobs.createCounter('cost_usd_total', { unit: '{USD}' }),
    jobs.createUpDownCounter('jobs_open', INT),
    files.createUpDownCounter('level'),
    // The same one again: not a new instrument.
    provider
      .getMeter('jobs', '1.2.3')
      .createCounter('jobs_total', { ...INT, unit: '{job}', description: 'Jobs that ran.' }),
  ];
  const recorders = [
    jobs.createHistogram('duration_seconds', BOUNDS),
    files.createHistogram('sizes', INT),
    files.createHistogram('unbounded', NO_BOUNDS),
    files.createGauge('queue_size', INT),
    jobs.createGauge('temperature'),
  ];
  return [
    ...counters.map((counter) => counter.add.bind(counter)),
    ...recorders.map((recorder) => recorder.record.bind(recorder)),
  ];
}

/** Which of the instruments take only integers, and which take negative values. */
const INTEGERS = [0, 2, 4, 6, 8];
const SIGNED = [2, 3, 8, 9];

const attributeValue = fc.oneof(
  fc.constantFrom('ok', 'failed', '', '\u0001', 's\u0002b\u0001', '1', 'true'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.boolean(),
  fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
);
const attributeName = fc.constantFrom(
  'role',
  'outcome',
  'a.b',
  'a\u0001sx\u0002b',
  '__proto__',
  'toString',
  '7',
);
const anyEntries = fc.uniqueArray(fc.tuple(attributeName, attributeValue), {
  maxLength: 4,
  selector: ([name]) => name,
});
/** Few sets, so that they meet again, each time in another order: the order must not matter. */
const fewEntries = fc.shuffledSubarray<[string, string | number | boolean]>(
  [
    ['role', 'critic'],
    ['outcome', 'ok'],
    ['attempt', 1],
  ],
  { minLength: 2 },
);
const attributes = fc
  .oneof(anyEntries, fewEntries)
  .map((entries): Attributes => Object.fromEntries<AttributeValue>(entries));

const measurement = fc
  .record({
    kind: fc.constant('measure' as const),
    instrument: fc.integer({ min: 0, max: 9 }),
    value: fc.oneof(
      fc.integer({ min: -2000, max: 2000 }),
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.constantFrom(0, 0.5, 3, 1000, 0.1, 5e-324),
    ),
    attributes: fc.option(attributes, { nil: undefined }),
  })
  .map((step) => {
    const value = SIGNED.includes(step.instrument) ? step.value : Math.abs(step.value);
    return { ...step, value: INTEGERS.includes(step.instrument) ? Math.trunc(value) : value };
  });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: measurement },
    { weight: 1, arbitrary: fc.constant({ kind: 'collect' as const }) },
  ),
  { maxLength: 60, size: 'max' },
);

class ManualReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
  }
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** What the callbacks of each observable instrument observe until the next collect. */
type Round = readonly (readonly (readonly [value: number, attributes: Attributes])[])[];

const observation = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1e12, noNaN: true })),
  attributes,
);
const integerObservation = fc.tuple(fc.integer({ min: 0, max: 20 }), attributes);
const rounds: fc.Arbitrary<Round[]> = fc.array(
  fc.tuple(
    fc.array(observation, { maxLength: 4 }),
    fc.array(integerObservation, { maxLength: 4 }),
    fc.array(observation, { maxLength: 4 }),
    fc.array(integerObservation, { maxLength: 4 }),
  ),
  { maxLength: 8 },
);

/** Observes what `now` gives: two instruments by themselves, two in a batch callback. */
function observe(provider: MeterProvider, up: 'ours' | 'theirs', now: () => Round): void {
  const meter = provider.getMeter('observed', '1.0.0');
  const counter = meter.createObservableCounter('watts', { unit: 'J' });
  counter.addCallback((result) => now()[0]?.forEach((given) => void result.observe(...given)));
  const jobs = meter.createObservableCounter('jobs', INT);
  jobs.addCallback(async (result) => {
    await Promise.resolve();
    now()[1]?.forEach((given) => void result.observe(...given));
  });
  const heat = meter.createObservableGauge('heat');
  // Ours sends an up-down counter as what a gauge is.
  const open =
    up === 'ours'
      ? meter.createObservableUpDownCounter('open', INT)
      : meter.createObservableGauge('open', INT);
  meter.addBatchObservableCallback(
    (result) => {
      now()[2]?.forEach((given) => void result.observe(heat, ...given));
      now()[3]?.forEach((given) => void result.observe(open, ...given));
    },
    [heat, open],
  );
}

async function observedBySdk(script: readonly Round[]): Promise<string[][]> {
  const reader = new ManualReader();
  const provider = new SdkMeterProvider({ readers: [reader] });
  let now: Round = [];
  observe(provider, 'theirs', () => now);
  const bodies: string[][] = [];
  for (now of script) {
    const { resourceMetrics } = await reader.collect();
    bodies.push([new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(resourceMetrics))]);
  }
  now = [];
  await provider.shutdown();
  return bodies;
}

/** What was written until each collect: what is asynchronous gets a batch of its own. */
async function observedByUs(script: readonly Round[]): Promise<string[][]> {
  using directory = temporaryDirectory();
  const spoolDir = join(directory.path, 'spool');
  const provider = createMeterProvider({ delivery: 'spool-only', spoolDir, handleSignals: false, env: {} });
  let now: Round = [];
  observe(provider, 'ours', () => now);
  const bodies: string[][] = [];
  for (now of script) {
    await provider.flush();
    bodies.push(existsSync(spoolDir) ? readSpool(spoolDir).slice(bodies.flat().length) : []);
  }
  now = [];
  await provider.shutdown();
  return bodies;
}

/** The points of each collect. What has not changed is not sent again by us. */
function newPointsOf(bodies: readonly string[][]): string[][] {
  return bodies.map((written) =>
    pointsOf(written)
      .flat()
      .filter((point) => !/"kind":"sum".*"as(Int|Double)":0}/.test(point))
      .sort(),
  );
}

async function throughSdk(script: readonly Step[]): Promise<string[]> {
  const reader = new ManualReader();
  const provider = new SdkMeterProvider({ readers: [reader] });
  const instruments = createInstruments(provider);
  const bodies: string[] = [];
  for (const step of [...script, { kind: 'collect' as const }]) {
    if (step.kind === 'measure') instruments[step.instrument]?.(step.value, step.attributes);
    else {
      const { resourceMetrics } = await reader.collect();
      bodies.push(new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(resourceMetrics)));
    }
  }
  await provider.shutdown();
  return bodies;
}

async function throughUs(script: readonly Step[]): Promise<string[]> {
  using directory = temporaryDirectory();
  const spoolDir = join(directory.path, 'spool');
  const provider = createMeterProvider({ delivery: 'spool-only', spoolDir, handleSignals: false, env: {} });
  const instruments = createInstruments(provider);
  for (const step of script) {
    if (step.kind === 'measure') instruments[step.instrument]?.(step.value, step.attributes);
    else provider.persist();
  }
  await provider.shutdown();
  return script.some(({ kind }) => kind === 'measure') ? readSpool(spoolDir) : [];
}

function readSpool(directory: string): string[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'));
}

/** The points of each batch that has any, in an order of their own, without times and resource. */
function pointsOf(bodies: readonly string[]): string[][] {
  return bodies.map((body) => pointsOfBatch(JSON.parse(body)).sort()).filter((points) => points.length > 0);
}

// biome-ignore lint/suspicious/noExplicitAny: the OTLP/JSON that both sides wrote is compared as it is.
function pointsOfBatch(batch: any): string[] {
  const points: string[] = [];
  for (const { scopeMetrics } of batch.resourceMetrics)
    for (const { scope, schemaUrl, metrics } of scopeMetrics)
      for (const { sum, gauge, histogram, ...metric } of metrics) {
        const { dataPoints, ...data } = sum ?? gauge ?? histogram;
        for (const { attributes: given, startTimeUnixNano, timeUnixNano, ...point } of dataPoints) {
          expect(BigInt(startTimeUnixNano) <= BigInt(timeUnixNano)).toBe(true);
          const kind = sum === undefined ? (gauge === undefined ? 'histogram' : 'gauge') : 'sum';
          const sorted = given.map((each: unknown) => JSON.stringify(each)).sort();
          points.push(JSON.stringify({ scope, schemaUrl, metric, kind, data, sorted, point }));
        }
      }
  return points;
}

test('any measurements give the points that the official SDK gives', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const ours = pointsOf(await throughUs(script));
      const theirs = pointsOf(await throughSdk(script));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 300, seed: Number(process.env.EPHEMETRY_TEST_SEED ?? Date.now()) | 0 },
  );
});

test('any observations give the points that the official SDK gives', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, async (script) => {
      const ours = newPointsOf(await observedByUs(script));
      const theirs = newPointsOf(await observedBySdk(script));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 200, seed: Number(process.env.EPHEMETRY_TEST_SEED ?? Date.now()) | 0 },
  );
});
