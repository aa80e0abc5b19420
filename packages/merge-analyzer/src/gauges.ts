import { MERGE_METRICS, MERGE_RATES, UNKNOWN } from '@ephemetry/contract';
import type { Gauge, Meter } from '@opentelemetry/api';
import type { MetricsReport } from './commands/read-metrics.ts';

/** The rates as OpenTelemetry gauges. */
export interface MergeGauges {
  /** Records one sample of each gauge that has a value. Undefined is no sample, never 0. */
  readonly record: (report: MetricsReport) => void;
}

/**
 * Makes the gauges on a meter, for example of `createMeterProvider` of `@ephemetry/exporter`.
 *
 * @example
 * ```ts
 * import { createMeterProvider } from '@ephemetry/exporter';
 * import { createMergeGauges, createOrchestratorTables, openMergeAnalyzer, openPglite, readMetrics } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const provider = createMeterProvider({ serviceName: 'merge-analyzer' });
 * const gauges = createMergeGauges(provider.getMeter('merge-analyzer'));
 * gauges.record(await readMetrics(analyzer));
 * await provider.shutdown();
 * await database.close();
 * ```
 */
export function createMergeGauges(meter: Meter): MergeGauges {
  const gauge = ({ name, unit, description }: (typeof MERGE_METRICS)[keyof typeof MERGE_METRICS]): Gauge =>
    meter.createGauge(name, { unit, description });
  const firstPass = gauge(MERGE_METRICS.firstPass);
  const rebaseConflict = gauge(MERGE_METRICS.rebaseConflict);
  const rebaseConflictProjects = gauge(MERGE_METRICS.rebaseConflictProjects);
  const attemptsP95 = gauge(MERGE_METRICS.attemptsP95);
  const newestAge = gauge(MERGE_METRICS.newestAge);
  const quarantined = gauge(MERGE_METRICS.quarantined);
  return {
    record: ({ global, projects, newestMerge, quarantine }) => {
      recordDefined(firstPass, global[MERGE_RATES.firstPassMergeRate].value);
      recordDefined(rebaseConflict, global[MERGE_RATES.rebaseConflictRate].value);
      recordDefined(attemptsP95, global[MERGE_RATES.p95AttemptsToMerge].value);
      recordDefined(newestAge, newestMerge?.ageSeconds ?? null);
      quarantined.record(quarantine.count);
      for (const state of ['low', 'high', UNKNOWN] as const) {
        const own = projects.filter((project) => {
          const conflicts = project[MERGE_RATES.rebaseConflictRate];
          return (conflicts.source === 'project' ? conflicts.state : UNKNOWN) === state;
        });
        rebaseConflictProjects.record(own.length, { state });
      }
    },
  };
}

function recordDefined(gauge: Gauge, value: number | null): void {
  if (value !== null) gauge.record(value);
}
