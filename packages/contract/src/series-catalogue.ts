/**
 * A family's series catalogue: one OTLP/JSON request with a zero delta for every series it can ever have,
 * of every service that reports it.
 * A gateway that replays it shows each series at 0 before its first value, so `increase()` misses nothing.
 */
import { type DeclaredLabels, knownLabelSets, type LabelSet } from './known-label-sets.ts';
import type { MetricDefinition, MetricFamily } from './metric.ts';

/** `AGGREGATION_TEMPORALITY_DELTA`; OTLP/JSON writes enums as numbers. */
const DELTA = 1;

/**
 * The catalogue as one line of OTLP/JSON with its newline, an `ExportMetricsServiceRequest`.
 *
 * Left out on purpose: times (the gateway stamps its own, and a file with a date would never be
 * reproducible), the scope, run id and batch sequence (they name a run, and no run took these values),
 * and gauges and up-down counters (a zero is a statement about them, not a beginning).
 *
 * @param declared - what the deployment declares of the family's labels. @default nothing
 *
 * @example
 * ```ts
 * import { renderSeriesCatalogue, TESTS_FAMILY } from '@ephemetry/contract';
 *
 * const declared = [{ labels: ['suite', 'category'], sets: [{ suite: 'hermes', category: 'tools' }] }];
 * console.log(renderSeriesCatalogue(TESTS_FAMILY, declared));
 * ```
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function renderSeriesCatalogue(family: MetricFamily, declared: DeclaredLabels = []): string {
  const metrics = Object.values(family.metrics).flatMap((metric) => zeroMetric(metric, family, declared));
  const services = [family.serviceName, ...(family.alsoReportedBy ?? [])];
  const request = {
    resourceMetrics: services.map((name) => ({
      resource: { attributes: attributes({ 'service.name': name }) },
      scopeMetrics: [{ scope: {}, metrics }],
    })),
  };
  return `${JSON.stringify(request)}\n`;
}

function zeroMetric(
  metric: MetricDefinition,
  family: MetricFamily,
  declared: DeclaredLabels,
): readonly object[] {
  const { name, description, unit } = metric;
  const points = knownLabelSets(metric, family, declared).map((set) => zeroPoint(metric, set));
  switch (metric.instrument) {
    case 'counter':
      return [
        {
          name,
          description,
          unit,
          sum: { dataPoints: points, aggregationTemporality: DELTA, isMonotonic: true },
        },
      ];
    case 'histogram':
      return [{ name, description, unit, histogram: { dataPoints: points, aggregationTemporality: DELTA } }];
    case 'gauge':
    case 'updowncounter':
      return [];
  }
}

function zeroPoint({ instrument, valueType, bounds = [] }: MetricDefinition, set: LabelSet): object {
  if (instrument === 'histogram') {
    return {
      attributes: attributes(set),
      count: '0',
      sum: 0,
      bucketCounts: Array.from({ length: bounds.length + 1 }, () => '0'),
      explicitBounds: bounds,
    };
  }
  // 64-bit integers are strings in OTLP/JSON, doubles are numbers.
  return { attributes: attributes(set), ...(valueType === 'int' ? { asInt: '0' } : { asDouble: 0 }) };
}

function attributes(set: LabelSet): readonly object[] {
  return Object.entries(set).map(([key, value]) => ({ key, value: { stringValue: value } }));
}
