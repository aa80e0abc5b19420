# A program as OpenTelemetry's documentation writes it: the endpoint, the temporality and the run id come from the environment.
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

provider = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
meter = provider.get_meter("program")
jobs = meter.create_counter("sdk_jobs_total")
seconds = meter.create_histogram("sdk_job_duration_seconds", explicit_bucket_boundaries_advisory=[1, 5])
running = meter.create_up_down_counter("sdk_running_jobs")
backlog = meter.create_gauge("sdk_backlog_jobs")
# Three exports of the same series: each carries what came since the one before it.
for export in range(3):
    for _ in range(5):
        jobs.add(1, {"queue.name": "q"})
    jobs.add(0.5, {"queue.name": "other"})
    seconds.record(3, {"queue.name": "q"})
    running.add(1)
    backlog.set(7)
    provider.force_flush()
provider.shutdown()
