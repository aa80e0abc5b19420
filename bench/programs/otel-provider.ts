/** The set-up that OpenTelemetry recommends for metrics over OTLP/HTTP. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

/** A provider that posts to what `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` says. */
export function createOtelProvider(): MeterProvider {
  const exporter = new OTLPMetricExporter();
  return new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'fab' }),
    readers: [new PeriodicExportingMetricReader({ exporter })],
  });
}
