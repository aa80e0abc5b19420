import { FAB_FAMILY } from '@ephemetry/contract';
import {
  createMeterProvider,
  type ExporterOptions,
  type PersistOutcome,
  type Verdict,
} from '@ephemetry/exporter';
import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';

/**
 * Any OpenTelemetry meter provider. What `@ephemetry/exporter` adds is used where it is there:
 * the SDK's own provider has no `persist`, and some have no `shutdown`.
 */
export interface FabMeterProvider extends MeterProvider {
  /** Puts everything recorded so far on disk before it returns. */
  persist?(): PersistOutcome;
  flush?(options?: { timeoutMs?: number }): Promise<Verdict>;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<unknown>;
  verdict?(): Verdict;
  /** Calls a listener before the last batch of a process that exits or is killed by a signal it can see. */
  onEnding?(listener: () => void): () => void;
}

/** Where telemetry that is off measures: nowhere. */
export const OFF_PROVIDER: FabMeterProvider = {
  getMeter: () => createNoopMeter(),
  persist: () => ({ kind: 'disabled' }),
  onEnding: () => () => {},
};

/**
 * The exporter under fab's service name, unless the environment names the service itself: what `instrumentFab` measures with by
 * default. For one that needs other options of the exporter; each wins over `env`.
 *
 * @example
 * ```ts
 * import { createFabMeterProvider, instrumentFab } from '@ephemetry/instrumentation-fab';
 *
 * const meterProvider = createFabMeterProvider(process.env, { spoolDir: './spool', delivery: 'spool-only' });
 * const telemetry = instrumentFab({ meterProvider });
 * ```
 */
export function createFabMeterProvider(
  env: NodeJS.ProcessEnv,
  options: Omit<ExporterOptions, 'env'> = {},
): FabMeterProvider {
  const isNamed =
    Boolean(env.OTEL_SERVICE_NAME) || /(^|,)\s*service\.name\s*=/.test(env.OTEL_RESOURCE_ATTRIBUTES ?? '');
  return createMeterProvider({ env, ...(!isNamed && { serviceName: FAB_FAMILY.serviceName }), ...options });
}

/**
 * Calls a listener when the process ends. Returns what removes it.
 *
 * A provider that handles signals says so itself. Otherwise only `exit` is seen: first in line, so that what the
 * listener records is there when an exporter's own `exit` listener runs.
 */
export function onProcessEnd(provider: FabMeterProvider, listener: () => void): () => void {
  if (provider.onEnding) return provider.onEnding(listener);
  process.prependListener('exit', listener);
  return () => {
    process.off('exit', listener);
  };
}
