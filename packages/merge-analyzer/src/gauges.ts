import { instrumentOptions, MERGE_METRICS, type MetricDefinition, UNKNOWN } from '@ephemetry/contract';
import type { Gauge, Meter } from '@opentelemetry/api';
import type { MetricsReport } from './commands/metrics-report.ts';
import type { ProjectReading } from './events/metric-events.ts';
import { RATES } from './fold/merge-rates.ts';
import type { RateDefinition, RateTable } from './fold/rate-definition.ts';

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
export function createMergeGauges(meter: Meter, rates: RateTable = RATES): MergeGauges {
  const ofRates = Object.values(rates).map((rate) => createRateGauges(meter, rate));
  const newestAge = createGauge(meter, MERGE_METRICS.newestAge);
  const quarantined = createGauge(meter, MERGE_METRICS.quarantined);
  return {
    record: (report) => {
      for (const recordRate of ofRates) recordRate(report);
      recordDefined(newestAge, report.newestMerge?.ageSeconds ?? null);
      quarantined.record(report.quarantine.count);
    },
  };
}

/** The gauges of one rate, as something that records them. */
function createRateGauges(
  meter: Meter,
  { name, gauges: { global, worstProject, projectsByState } }: RateDefinition,
): MergeGauges['record'] {
  const globalGauge = createGauge(meter, global);
  const worstGauge = worstProject && createGauge(meter, worstProject);
  const stateGauge = projectsByState && createGauge(meter, projectsByState);
  return (report) => {
    const own = report.projects.map((project) => ownReading(project[name]));
    recordDefined(globalGauge, report.global[name].value);
    if (worstGauge !== undefined)
      recordDefined(worstGauge, highest(own.map((reading) => reading?.value ?? null)));
    for (const state of ['low', 'high', UNKNOWN] as const) {
      stateGauge?.record(own.filter((reading) => (reading?.state ?? UNKNOWN) === state).length, { state });
    }
  };
}

function createGauge(meter: Meter, metric: MetricDefinition): Gauge {
  return meter.createGauge(metric.name, instrumentOptions(metric));
}

/** A project that is answered with the global rate has none of its own. */
function ownReading(reading: ProjectReading | undefined): ProjectReading | undefined {
  return reading?.source === 'global' ? undefined : reading;
}

function highest(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((left, right) => Math.max(left, right));
}

function recordDefined(gauge: Gauge, value: number | null): void {
  if (value !== null) gauge.record(value);
}
