import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BATCH_SPLIT_BYTES } from './batch-limit.ts';
import { createMeterProvider } from './ephemeral-meter-provider.ts';
import type { ExporterOptions } from './exporter-options.ts';
import type { EphemeralMeterProvider } from './meter-provider.ts';
import type { Verdict } from './verdict.ts';

const said: string[] = [];
vi.mock('./stderr-line.ts', () => ({ writeStderrLine: (text: string) => said.push(text) }));

interface Point {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
}

interface Line {
  readonly bytes: number;
  readonly sequence: unknown;
  readonly points: readonly Point[];
}

function setProvider(
  env: NodeJS.ProcessEnv = {},
  options: ExporterOptions = {},
): {
  provider: EphemeralMeterProvider;
  lines: () => readonly Line[];
  said: () => string;
} {
  const spoolDir = mkdtempSync(join(tmpdir(), 'ephemetry-provider-'));
  const provider = createMeterProvider({
    delivery: 'spool-only',
    spoolDir,
    handleSignals: false,
    env,
    ...options,
  });
  onTestFinished(async () => {
    await provider.shutdown();
    said.length = 0;
    vi.restoreAllMocks();
    rmSync(spoolDir, { recursive: true });
  });
  const lines = (): Line[] =>
    readdirSync(spoolDir)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(spoolDir, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map(readLine)
      .sort((a, b) => Number(a.sequence) - Number(b.sequence));
  return { provider, lines, said: () => said.join('\n') };
}

function readLine(line: string): Line {
  const { resource, scopeMetrics } = JSON.parse(line).resourceMetrics[0];
  const sequence = resource.attributes.find(
    (attribute: { key: string }) => attribute.key === 'ephemetry.batch.sequence',
  );
  const points = scopeMetrics.flatMap(({ metrics }: { metrics: { sum: { dataPoints: Point[] } }[] }) =>
    metrics.flatMap(({ sum }) => sum.dataPoints),
  );
  return { bytes: Buffer.byteLength(line), sequence: Number(sequence.value.intValue), points };
}

test.each([
  ['stands', [0, 0, 0, 0]],
  ['steps back', [0, -5_000, -9_000, -1]],
])('no two batches share series, start and time when the clock %s', (_, stepsMs) => {
  const { provider, lines } = setProvider();
  const startMs = Date.now();
  const counter = provider.getMeter('clock').createCounter('clock_total');
  for (const stepMs of stepsMs) {
    vi.spyOn(Date, 'now').mockReturnValue(startMs + stepMs);
    counter.add(1);
    provider.persist();
  }
  const points = lines().flatMap((line) => line.points);
  expect(points).toHaveLength(stepsMs.length);
  for (const [index, { startTimeUnixNano, timeUnixNano }] of points.entries()) {
    expect(BigInt(timeUnixNano)).toBeGreaterThan(BigInt(startTimeUnixNano));
    const before = points[index - 1];
    if (before !== undefined) expect(startTimeUnixNano).toBe(before.timeUnixNano);
  }
});

test('a clock that a host has replaced by one that tells no time changes no batch', () => {
  const clock: { now: () => unknown } = Date;
  const { provider, lines } = setProvider();
  const startMs = Date.now();
  const counter = provider.getMeter('clock').createCounter('clock_total');
  for (const told of [undefined, Number.NaN, '2026', {}, 9e15]) {
    vi.spyOn(clock, 'now').mockImplementation(() => told);
    counter.add(1);
    provider.persist();
  }
  const times = lines().flatMap((line) => line.points.map(({ timeUnixNano }) => Number(timeUnixNano) / 1e6));
  expect(times).toHaveLength(5);
  for (const timeMs of times) expect(Math.abs(timeMs - startMs)).toBeLessThan(600_000);
});

test('a large batch is written as several of at most 1 MiB, with sequences of their own and every point once', () => {
  const { provider, lines, said } = setProvider();
  const meter = provider.getMeter('large');
  const counters = ['a_total', 'b_total', 'c_total'].map((name) => meter.createCounter(name));
  for (const counter of counters)
    for (let i = 0; i < 600; i += 1) counter.add(i, { key: `${i}-${'x'.repeat(1500)}` });
  const outcome = provider.persist();
  const written = lines();
  expect(written.length).toBeGreaterThan(2);
  for (const { bytes } of written) expect(bytes).toBeLessThanOrEqual(BATCH_SPLIT_BYTES);
  expect(written.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index + 1));
  expect(outcome).toEqual({ kind: 'persisted', sequence: written.length });
  const values = written.flatMap(({ points }) => points.map(({ asDouble }) => asDouble));
  const expected = counters.flatMap(() => Array.from({ length: 600 }, (_, i) => i));
  expect(values).toEqual(expected);
  expect(said()).toBe('');
});

test('a data point that alone is above 1 MiB is refused and said; the others are written', () => {
  const { provider, lines, said } = setProvider();
  const counter = provider.getMeter('large').createCounter('large_total');
  counter.add(1);
  counter.add(2, { key: 'x'.repeat(BATCH_SPLIT_BYTES) });
  counter.add(3, { key: 'small' });
  provider.persist();
  const values = lines().flatMap(({ points }) => points.map(({ asDouble }) => asDouble));
  expect(values).toEqual([1, 3]);
  expect(said()).toMatch(
    /^large_total: dropped a data point that .* bytes; allowed: up to 1048576 \(said once\)$/,
  );
  expect(provider.verdict()).toMatchObject({ spooled: 2, lostDataPoints: 1 });
  counter.add(2, { key: 'x'.repeat(BATCH_SPLIT_BYTES) });
  provider.persist();
  expect(provider.verdict()).toMatchObject({ spooled: 2, lostDataPoints: 2 });
});

test.each([[{ OTEL_SDK_DISABLED: 'true' }], [{ OTEL_METRICS_EXPORTER: 'none' }]])(
  'disabled is silent: %j',
  (env) => {
    const { provider } = setProvider(env);
    const meter = provider.getMeter('disabled');
    meter.createObservableGauge('observed').addCallback(() => {});
    meter.createCounter('bad name').add(1);
    meter.createCounter('good_total').add(Number.NaN);
    provider.persist();
    expect(said).toEqual([]);
  },
);

test('null for options is none, in a host without types', async () => {
  const create: unknown = createMeterProvider;
  if (typeof create !== 'function') throw new Error('an export is a function');
  expect(() => create(null)).not.toThrow();
  const { provider } = setProvider();
  const flush: unknown = provider.flush.bind(provider);
  if (typeof flush !== 'function') throw new Error('a method is a function');
  for (const given of [null, { timeoutMs: null }])
    expect(await flush(given)).toMatchObject({ delivered: 0, lost: 0 });
});

test('a name means one kind in all meters of a program', () => {
  const { provider, lines, said } = setProvider();
  provider.getMeter('one').createCounter('jobs').add(1);
  provider.getMeter('two').createUpDownCounter('jobs').add(5);
  provider.getMeter('three').createCounter('jobs').add(2);
  provider.persist();
  expect(lines().map(({ points }) => points.map(({ asDouble }) => asDouble))).toEqual([[1, 2]]);
  expect(said()).toContain(
    'updowncounter jobs records nothing, because receivers cannot tell it from the counter jobs; rename one',
  );
});

test('a program that measured nothing else is told of data points that are too large', async () => {
  const verdicts: Verdict[] = [];
  const { provider } = setProvider({}, { onVerdict: (verdict) => verdicts.push(verdict) });
  const counter = provider.getMeter('large').createCounter('large_total');
  counter.add(1, { key: 'x'.repeat(BATCH_SPLIT_BYTES) });
  await provider.shutdown();
  expect(verdicts).toMatchObject([{ delivered: 0, spooled: 0, lostDataPoints: 1 }]);
});

test('data points beside resource attributes that no batch can hold are counted', () => {
  const { provider } = setProvider({}, { resourceAttributes: { key: 'x'.repeat(BATCH_SPLIT_BYTES) } });
  const counter = provider.getMeter('large').createCounter('large_total');
  counter.add(1, { key: 'a' });
  counter.add(1, { key: 'b' });
  provider.persist();
  expect(provider.verdict()).toMatchObject({ spooled: 0, lostDataPoints: 2 });
});
