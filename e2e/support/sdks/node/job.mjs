/** A job with OpenTelemetry's SDK that says what it has exported, and ends as it is told: job.mjs RUN COUNT ENDING [unflushed]. */
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [run, count, ending, ...others] = process.argv.slice(2);
// As `@opentelemetry/sdk-node` reads them: the reader throws when the interval is below the time-out.
const exportIntervalMillis = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 60_000);
const exportTimeoutMillis = Number(process.env.OTEL_METRIC_EXPORT_TIMEOUT ?? 30_000);
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(),
  exportIntervalMillis,
  exportTimeoutMillis,
});
const provider = new MeterProvider({ readers: [reader] });
const meter = provider.getMeter('job');
const rows = meter.createCounter('job_rows_total');
const seconds = meter.createHistogram('job_step_seconds', { advice: { explicitBucketBoundaries: [1, 5] } });
for (let step = 0; step < Number(count); step += 1) {
  rows.add(1, { run });
  seconds.record(3, { run });
  if (others.includes('unflushed')) await wait(100);
  else {
    await provider.forceFlush();
    writeSync(1, 'exported\n');
  }
}
writeSync(1, 'done\n');
if (ending === 'exit') process.exit(3);
else if (ending === 'throw') throw new Error('thrown');
else if (ending === 'leave') process.reallyExit(4);
else if (ending === 'memory') {
  const held = [];
  for (;;) held.push(new Array(100_000).fill(held.length));
} else if (ending === 'wait') await wait(600_000);
else if (ending.startsWith('SIG')) {
  process.kill(process.pid, ending);
  await wait(600_000);
}
