import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMeterProvider } from '@ephemetry/exporter';
import { instrumentFab } from '@ephemetry/instrumentation-fab';
import { readTotals, temporaryDirectory } from '@ephemetry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { expectedTotals } from './expected-totals.ts';
import { readSession } from './read-session.ts';
import { RecordedRuntime } from './recorded-runtime.ts';
import { readRecordings } from './recording.ts';

it('every recording measures as its first line says, all of them in parallel', async () => {
  const spool = temporaryDirectory();
  onTestFinished(spool.remove);
  const meterProvider = createMeterProvider({ delivery: 'spool-only', spoolDir: spool.path, env: {} });
  const telemetry = instrumentFab({ meterProvider });
  const recordings = readRecordings();
  const runtime = telemetry.instrumentRuntime(new RecordedRuntime(recordings));
  const played = await Promise.allSettled(
    recordings.map(async (recording) =>
      readSession(await runtime.runRoleSession(recording.role, 'x'), recording),
    ),
  );
  await telemetry.shutdown();
  expect(played.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(measuredTotals(spool.path)).toEqual(expectedTotals(recordings));
});

function measuredTotals(spoolDir: string): Record<string, Record<string, number>> {
  const files = readdirSync(spoolDir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.jsonl'),
  );
  const { counters, histograms } = readTotals(
    files.map((file) => readFileSync(join(spoolDir, file), 'utf8')).join(''),
  );
  const totals: Record<string, Record<string, number>> = {};
  for (const [name, series] of Object.entries(counters)) totals[name] = quoteLabels(series, (value) => value);
  for (const [name, series] of Object.entries(histograms))
    totals[name] = quoteLabels(series, ({ count }) => count);
  return totals;
}

function quoteLabels<Value>(series: Readonly<Record<string, Value>>, read: (value: Value) => number) {
  return Object.fromEntries(
    Object.entries(series).map(([labels, value]) => [labels.replace(/=([^,]*)/g, '="$1"'), read(value)]),
  );
}
