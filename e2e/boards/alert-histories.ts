/** Totals as the alert rules see them, and how they grow. Minutes count from the first sample. */
import { EPHEMETRY_METRICS, FAB_METRICS, GATEWAY_METRICS, GATEWAY_QUEUES } from '@ephemetry/contract';
import type { Change } from './alert-scenario.ts';

export const HOUR = 60;
export const DAY: number = 24 * HOUR;
export const WEEK: number = 7 * DAY;
/** Two clusters, as alerts name them. */
export const ONE = { cluster: 'one' };
export const TWO = { cluster: 'two' };

/** promtool holds 10,000 samples a query: a history of days has fewer of them than the gateway takes. */
export const LONG = { sampleSeconds: 120, evaluationMinutes: 2 };
export const LONGER = { sampleSeconds: 300, evaluationMinutes: 5 };

const ROLE = 'role="sre",phase="operate",group="factory"';

export function evaluations(result: 'pass' | 'fail' | 'unknown', cluster = 'one'): string {
  return `${FAB_METRICS.selfEval.name}{cluster="${cluster}",${ROLE},result="${result}"}`;
}

export function sessions(cluster = 'one'): string {
  return `${FAB_METRICS.agentSessions.name}{cluster="${cluster}",${ROLE}}`;
}

export function revisions(cluster = 'one'): string {
  return `${FAB_METRICS.revisions.name}{cluster="${cluster}",${ROLE}}`;
}

export function decisions(decision: 'approve' | 'revise', cluster = 'one'): string {
  return `${FAB_METRICS.mergeGateDecisions.name}{cluster="${cluster}",profile="code",decision="${decision}"}`;
}

export function lostBatches(reason: string): string {
  return `${EPHEMETRY_METRICS.lostBatches.name}{cluster="one",reason="${reason}"}`;
}

/** A metric of the gateway, as its own scrape names it. Another Collector may report it under another job. */
/** A series of the gateway’s own metrics. */
export function ownMetric(
  { name, job }: { readonly name: string; readonly job: string },
  labels: Readonly<Record<string, string>>,
): string {
  const pairs = Object.entries({ cluster: 'one', job, ...labels });
  return `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}

export function droppedPoints(reason: string, labels: Readonly<Record<string, string>> = {}): string {
  return ownMetric(GATEWAY_METRICS.droppedPoints, { reason, service: 'fab', ...labels });
}

/** Points that were merged have no error. */
export function mergedPoints(error?: string, labels: Readonly<Record<string, string>> = {}): string {
  return ownMetric(GATEWAY_METRICS.mergedPoints, { ...(error === undefined ? {} : { error }), ...labels });
}

/** Points that programs sent, and what the gateway answered. */
export function receivedPoints(
  answer: 'accepted' | 'refused',
  labels: Readonly<Record<string, string>> = {},
): string {
  return ownMetric(GATEWAY_METRICS[`${answer}Points`], { receiver: 'otlp', transport: 'http', ...labels });
}

/** The queue in front of the totals. */
export function durableQueue(of: 'size' | 'capacity', labels: Readonly<Record<string, string>> = {}): string {
  const metric = of === 'size' ? GATEWAY_METRICS.queueSize : GATEWAY_METRICS.queueCapacity;
  return ownMetric(metric, { exporter: GATEWAY_QUEUES.durable, ...labels });
}

/** A total that grows by an amount at each of these minutes. */
export function growing(by: number, minutes: readonly number[]): readonly Change[] {
  return [[0, 0], ...minutes.map((minute, index): Change => [minute, by * (index + 1)])];
}

/** Minutes from one to before another. */
export function every(step: number, from: number, to: number): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}
