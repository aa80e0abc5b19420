import type { Collector } from '../collectors.ts';
import type { Effort } from '../effort.ts';

/** What every measurement gets. */
export interface Surroundings {
  readonly effort: Effort;
  readonly healthy: Collector;
}

/** The environment of a program that sends to `url`. */
export function sendTo(url: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url };
}

/** The same for the OpenTelemetry SDK, whose default would be cumulative values: wrong for many short processes. */
export function sendDeltasTo(url: string): Record<string, string> {
  return { ...sendTo(url), OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' };
}

/** The environment of a program that only spools. */
export const SPOOL_ONLY: Readonly<Record<string, string>> = { EPHEMETRY_DELIVERY: 'spool-only' };
