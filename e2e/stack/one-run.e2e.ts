import { join } from 'node:path';
import { FAB_METRICS } from '@ephemetry/contract';
import { queryPrometheus, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { runOnce } from '../support/load.ts';
import type { Measurement } from '../support/measurement.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { stretchTime } from '../support/stretched-time.ts';

const LABELS = { role: 'product', phase: 'discovery', group: 'factory' };
const TOKENS: Measurement = { metric: 'tokens', labels: { ...LABELS, direction: 'input' }, value: 4_711 };
const DURATION: Measurement = { metric: 'roleSessionDuration', labels: LABELS, value: 42 };

/** Sums of `increase()` up to the newest sample: there it has nothing to extrapolate to. */
async function increaseOf(stack: Stack, name: string, window: string): Promise<number | undefined> {
  const { url } = stack.prometheus;
  const [newest] = await queryPrometheus(url, `max(timestamp(${name}))`);
  const [sample] = await queryPrometheus(url, `sum(increase(${name}[${window}]))`, newest?.value);
  return sample?.value;
}

function run(stack: Stack, measurements: readonly Measurement[]): Promise<void> {
  const spoolDir = join(stack.directory, 'spool');
  // The answer arrives in time, also on a busy machine.
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  return runOnce({ measurements, ending: 'exit' }, { endpoint: stack.gateway.endpoint, spoolDir, env });
}

test('shows the full value of the first run in increase()', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  await run(stack, [TOKENS, DURATION]);
  await stack.settled();
  const { tokens, roleSessionDuration } = FAB_METRICS;
  expect(await increaseOf(stack, tokens.name, '10m')).toBe(4_711);
  expect(await increaseOf(stack, `${roleSessionDuration.name}_count`, '10m')).toBe(1);
  expect(await increaseOf(stack, `${roleSessionDuration.name}_sum`, '10m')).toBe(42);
});

test('still shows a total, and a right increase, after a silence that outlasts the dedupe window', async (t) => {
  // Hours of silence differ from a second only where something expires: here the dedupe forgets after 1 s.
  const stack = await startStack(t, {
    env: { GATEWAY_DEDUPE_WINDOW_SECONDS: '1', GATEWAY_SERIES_INTERVAL: '1h' },
  });
  await stack.scraped();
  await run(stack, [TOKENS]);
  await stack.settled();
  const silentSince = Date.now() / 1_000;
  const tracked = async (): Promise<number> =>
    sumOf(await stack.gateway.ownMetrics(), 'otelcol_deltatocumulative_streams_tracked');
  const before = await tracked();
  // Two hours below. A busy machine may begin the silence shortly before the dedupe looks.
  const isSilentForLong = (): boolean => Date.now() / 1_000 - silentSince > 31;
  await waitFor(async () => isSilentForLong() && (await tracked()) < before, {
    what: 'the dedupe to forget (it looks once a minute)',
    deadlineMs: 130_000,
  });
  await stack.scraped();
  const total = `sum(${FAB_METRICS.tokens.name})`;
  expect((await queryPrometheus(stack.prometheus.url, total))[0]?.value).toBe(4_711);
  expect(await increaseOf(stack, FAB_METRICS.tokens.name, '30s')).toBe(0);
  const silentUntil = Date.now() / 1_000;
  await run(stack, [{ ...TOKENS, value: 289 }]);
  await stack.settled();
  expect((await queryPrometheus(stack.prometheus.url, total))[0]?.value).toBe(5_000);
  expectIncrease(await increaseOf(stack, FAB_METRICS.tokens.name, '30s'), 289);

  // The same samples with 4 minutes for each second: the silence lasts hours, and they are scraped all along it.
  const { name } = FAB_METRICS.tokens;
  const { url } = stack.prometheus;
  const stretched = await stretchTime(url, `${name}{job="fab"}`, { factor: 240, directory: stack.directory });
  t.onTestFinished(() => stretched.service.stop());
  const silentHours = (stretched.at(silentUntil) - stretched.at(silentSince)) / 3_600;
  console.log(`silent for ${silentHours.toFixed(1)} h`);
  expect(silentHours).toBeGreaterThan(2);
  const increase = async (window: string, atSeconds: number): Promise<number | undefined> =>
    (await queryPrometheus(stretched.url, `sum(increase(${name}[${window}]))`, atSeconds))[0]?.value;
  expect(await increase('1h', stretched.at(silentUntil))).toBe(0);
  const [newest] = await queryPrometheus(url, `max(timestamp(${name}))`);
  const end = stretched.at(newest?.value ?? 0);
  expectIncrease(await increase('1h', end), 289);
  expectIncrease(await increase('2d', end), 5_000);
});

/** `increase()` extrapolates to the edges of its window, by half a distance between samples where it has none before. */
function expectIncrease(shown: number | undefined, expected: number): void {
  expect(shown).toBeGreaterThanOrEqual(expected);
  expect(shown).toBeLessThan(expected * 1.1);
}
