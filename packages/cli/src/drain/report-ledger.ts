/** Sends what a spool's ledger counts, after a drain that reached its Collector. */
import { EPHEMETRY_FAMILY } from '@ephemetry/contract';
import {
  createMeterProvider,
  type DrainOptions,
  type DrainReport,
  takeSpoolLedger,
} from '@ephemetry/exporter';
import { recordSpoolLedger } from '@ephemetry/instrumentation-fab';

/**
 * One batch, when there is something to say. While the Collector is away the ledger keeps its counts. The batch
 * is like any other, spooled if need be and drained then; only its own loss is not counted, for that would be the next
 * report, and so on without end.
 */
export async function reportLedger(report: DrainReport, options: DrainOptions): Promise<void> {
  if (options.signal?.aborted === true || !isCollectorThere(report)) return;
  const { endpoint, headers, timeoutMs, env = process.env } = options;
  const spoolDir = report.directory;
  const counts = takeSpoolLedger({ spoolDir, env });
  if (counts === undefined) return;
  const provider = createMeterProvider({
    serviceName: EPHEMETRY_FAMILY.serviceName,
    // Left in the spool, each report would be drained and be the next one.
    delivery: 'send',
    countLosses: false,
    // The drain handles signals itself.
    handleSignals: false,
    spoolDir,
    env: timeoutMs === undefined ? env : { ...env, OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: String(timeoutMs) },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(headers === undefined ? {} : { headers }),
  });
  recordSpoolLedger(counts, provider.getMeter('ephemetry'));
  await provider.shutdown();
}

/** What the drain saw: with nothing to deliver it has not looked. */
function isCollectorThere({ failure }: DrainReport): boolean {
  return failure === undefined || ['rejected', 'too-large', 'partial'].includes(failure.kind);
}
