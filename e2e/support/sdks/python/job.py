"""A job with OpenTelemetry's SDK that says what it has exported, and ends as it is told: job.py RUN COUNT ENDING [TEMPORALITY]."""
import os
import resource
import signal
import sys
import time

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader

run, count, ending = sys.argv[1], int(sys.argv[2]), sys.argv[3]
kinds = {Counter: AggregationTemporality.CUMULATIVE, Histogram: AggregationTemporality.CUMULATIVE}
asked = {"preferred_temporality": kinds} if "cumulative" in sys.argv else {}
provider = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(**asked))])
meter = provider.get_meter("job")
rows = meter.create_counter("job_rows_total")
seconds = meter.create_histogram("job_step_seconds", explicit_bucket_boundaries_advisory=[1, 5])
flushes = "unflushed" not in sys.argv
for step in range(count):
    rows.add(1, {"run": run})
    seconds.record(3, {"run": run})
    if flushes:
        provider.force_flush()
        print("exported", flush=True)
    else:
        time.sleep(0.1)
print("done", flush=True)
if ending == "exit":
    sys.exit(3)
elif ending == "throw":
    raise RuntimeError("thrown")
elif ending == "leave":
    os._exit(4)
elif ending == "memory":
    resource.setrlimit(resource.RLIMIT_AS, (resource.getpagesize(), resource.getpagesize()))
    bytearray(1 << 30)
elif ending == "wait":
    time.sleep(600)
elif ending.startswith("SIG"):
    os.kill(os.getpid(), getattr(signal, ending))
    time.sleep(600)
