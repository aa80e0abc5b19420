/** The rates as OpenTelemetry gauges while `merges watch` runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createMeterProvider } from '@ephemetry/exporter';
import { createMergeGauges, type MergeAnalyzer, readMetrics } from '@ephemetry/merge-analyzer';
import type { Output } from '../terminal/output.ts';

/** The age of the newest merge grows without a merge. */
const RECORD_EVERY_MS = 10_000;

/** What a reading that runs has to end. */
const LAST_READING_MS = 200;

/** Sends what the rates are after each analysis, and every 10 seconds. */
export interface GaugeExport {
  /** Returns at once; one reading at a time, and what comes meanwhile is one more. */
  readonly record: (analyzer: MergeAnalyzer) => void;
  /** The database is away: nothing to read until the next analysis. */
  readonly pause: () => void;
  /** Waits a moment for the reading that runs, and delivers. */
  readonly stop: () => Promise<void>;
}

/** Where to: as `OTEL_EXPORTER_OTLP_*` and `EPHEMETRY_*` say. */
export function startGaugeExport(output: Output): GaugeExport {
  // The watch ends by the signal itself, and shuts down then.
  const provider = createMeterProvider({ serviceName: 'merge-analyzer', handleSignals: false });
  const gauges = createMergeGauges(provider.getMeter('merge-analyzer'));
  let latest: MergeAnalyzer | undefined;
  let waiting: MergeAnalyzer | undefined;
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (waiting !== undefined) {
      const analyzer = waiting;
      waiting = undefined;
      try {
        // The watch analyzes; whatever it finds, it tells the operator of.
        gauges.record(await readMetrics(analyzer, { catchUp: false }));
      } catch (error) {
        // The watch itself notices a lost connection, and records again when it is back.
        output.printError(`the gauges were not read: ${error instanceof Error ? error.message : error}\n`);
      }
    }
    running = undefined;
  };
  const record = (analyzer: MergeAnalyzer): void => {
    latest = analyzer;
    waiting = analyzer;
    running ??= work();
  };
  const timer = setInterval(() => {
    if (latest !== undefined) record(latest);
  }, RECORD_EVERY_MS);
  return {
    record,
    pause: () => {
      latest = undefined;
    },
    stop: async () => {
      clearInterval(timer);
      // A server that does not answer must not hold up the end: what it would have said is not sent.
      await Promise.race([running, sleep(LAST_READING_MS, undefined, { ref: false })]);
      await provider.shutdown();
    },
  };
}
