/** Reads OTLP messages into {@link ReceivedBatch}es. Whatever cannot be merged becomes a refusal. */
import type { ExportMetricsServiceRequest } from './otlp-messages/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts';
import type { KeyValue } from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';
import type {
  Metric,
  ResourceMetrics,
  ScopeMetrics,
} from './otlp-messages/opentelemetry/proto/metrics/v1/metrics_pb.ts';
import { attributeText, compareText, prometheusMetricName } from './prometheus-labels.ts';
import { readMetric } from './read-metric.ts';
import type { ReceivedBatch } from './received-batch.ts';

/** One batch for each resource of the request, in its order. */
export function readBatches(request: ExportMetricsServiceRequest): readonly ReceivedBatch[] {
  return request.resourceMetrics.map(readResource);
}

function readResource(resourceMetrics: ResourceMetrics): ReceivedBatch {
  const attributes = resourceMetrics.resource?.attributes ?? [];
  const job = describeJob(attributes);
  const resource = canonicalAttributes(attributes);
  const read = resourceMetrics.scopeMetrics.flatMap((scopeMetrics) =>
    scopeMetrics.metrics.map((metric) =>
      readMetric(metric, {
        name: prometheusMetricName(metric.name),
        job,
        scope: scopeKey(resource, scopeMetrics, metric),
      }),
    ),
  );
  return {
    job,
    instanceId: textOf(attributes, 'service.instance.id'),
    sequence: readSequence(attributes),
    points: read.flatMap(({ points }) => points),
    refusals: read.flatMap(({ refusals }) => refusals),
  };
}

/** As Prometheus names it: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1 */
function describeJob(attributes: readonly KeyValue[]): string | undefined {
  const name = textOf(attributes, 'service.name');
  const namespace = textOf(attributes, 'service.namespace');
  if (name === undefined) return undefined;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function readSequence(attributes: readonly KeyValue[]): bigint | undefined {
  const text = textOf(attributes, 'ephemetry.batch.sequence');
  return text !== undefined && /^[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function textOf(attributes: readonly KeyValue[], key: string): string | undefined {
  const text = attributeText(attributes.find((attribute) => attribute.key === key)?.value);
  return text === '' ? undefined : text;
}

/** All that OTLP counts to a stream's identity; one sender may report the same name under two of them. */
function scopeKey(resource: string, { scope }: ScopeMetrics, metric: Metric): string {
  const attributes = canonicalAttributes(scope?.attributes ?? []);
  const { name, unit, description } = metric;
  return JSON.stringify([
    resource,
    scope?.name,
    scope?.version,
    attributes,
    name,
    unit,
    description,
    ...describeData(metric),
  ]);
}

/** https://opentelemetry.io/docs/specs/otel/metrics/data-model/#opentelemetry-protocol-data-model */
function describeData({ data }: Metric): readonly unknown[] {
  if (data.case === 'sum') return [data.case, data.value.aggregationTemporality, data.value.isMonotonic];
  return data.case === 'histogram' ? [data.case, data.value.aggregationTemporality] : [data.case];
}

/** The same text for the same attributes in any order. */
function canonicalAttributes(attributes: readonly KeyValue[]): string {
  return JSON.stringify(
    attributes
      .map(({ key, value }) => [key, value?.value.case, attributeText(value)])
      .toSorted(([a], [b]) => compareText(a ?? '', b ?? '')),
  );
}
