import { MERGE_METRICS, MERGE_RATES, type MetricDefinition, UNKNOWN } from '@ephemetry/contract';
import { type Gauge, type Meter, ValueType } from '@opentelemetry/api';
import type { MetricsReport, ProjectMetrics } from './commands/metrics-report.ts';

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
  const gauge = ({ name, unit, description, valueType }: MetricDefinition): Gauge =>
    meter.createGauge(name, {
      unit,
      description,
      valueType: valueType === 'int' ? ValueType.INT : ValueType.DOUBLE,
    });
  const firstPass = gauge(MERGE_METRICS.firstPass);
  const rebaseConflict = gauge(MERGE_METRICS.rebaseConflict);
  const rebaseConflictProjects = gauge(MERGE_METRICS.rebaseConflictProjects);
  const rebaseConflictWorst = gauge(MERGE_METRICS.rebaseConflictWorst);
  const attemptsP95 = gauge(MERGE_METRICS.attemptsP95);
  const attemptsP95Worst = gauge(MERGE_METRICS.attemptsP95Worst);
  const newestAge = gauge(MERGE_METRICS.newestAge);
  const quarantined = gauge(MERGE_METRICS.quarantined);
  return {
    record: ({ global, projects, newestMerge, quarantine }) => {
      recordDefined(firstPass, global[MERGE_RATES.firstPassMergeRate].value);
      recordDefined(rebaseConflict, global[MERGE_RATES.rebaseConflictRate].value);
      recordDefined(rebaseConflictWorst, highest(projects.map(ownConflictRate)));
      recordDefined(attemptsP95, global[MERGE_RATES.p95AttemptsToMerge].value);
      recordDefined(
        attemptsP95Worst,
        highest(projects.map((project) => project[MERGE_RATES.p95AttemptsToMerge].value)),
      );
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

/** A project that is answered with the global rate has none of its own. */
function ownConflictRate({ [MERGE_RATES.rebaseConflictRate]: conflicts }: ProjectMetrics): number | null {
  return conflicts.source === 'project' ? conflicts.value : null;
}

function highest(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((left, right) => Math.max(left, right));
}

function recordDefined(gauge: Gauge, value: number | null): void {
  if (value !== null) gauge.record(value);
}
