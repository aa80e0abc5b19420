import {
  EPHEMETRY_LABELS,
  EPHEMETRY_METRICS,
  instrumentOptions,
  type MetricDefinition,
} from '@ephemetry/contract';
import type { LedgerCounts } from '@ephemetry/exporter';
import type { Meter } from '@opentelemetry/api';

/**
 * Records what was taken from a spool's ledger: batches that came late or perhaps twice, and batches and points that were lost.
 *
 * @example
 * ```ts
 * import { createMeterProvider, takeSpoolLedger } from '@ephemetry/exporter';
 * import { recordSpoolLedger } from '@ephemetry/instrumentation-fab';
 *
 * const taken = takeSpoolLedger();
 * const provider = createMeterProvider({ serviceName: 'deploy' });
 * if (taken !== undefined) recordSpoolLedger(taken, provider.getMeter('deploy'));
 * ```
 */
export function recordSpoolLedger(counts: LedgerCounts, meter: Meter): void {
  const add = (metric: MetricDefinition, value: number, labels: Readonly<Record<string, string>>): void => {
    if (value > 0) meter.createCounter(metric.name, instrumentOptions(metric)).add(value, { ...labels });
  };
  add(EPHEMETRY_METRICS.drainedBatches, counts.drained, {});
  add(EPHEMETRY_METRICS.inDoubtBatches, counts.inDoubt, {});
  add(EPHEMETRY_METRICS.refusedPoints, counts.refusedPoints, {});
  for (const reason of EPHEMETRY_LABELS.reason.values) {
    // The ledger counts what it knows: each of its losses has a reason.
    if (reason !== 'unknown') add(EPHEMETRY_METRICS.lostBatches, counts[reason], { reason });
  }
}
