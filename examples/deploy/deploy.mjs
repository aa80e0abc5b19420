import { createMeterProvider } from '@ephemetry/exporter';

const meter = createMeterProvider({ serviceName: 'deploy' }).getMeter('deploy'); // the one line

meter.createCounter('deployments_total', { unit: '{deployment}' }).add(1, { target: 'staging' });
meter
  .createHistogram('deployment_duration_seconds', {
    unit: 's',
    advice: { explicitBucketBoundaries: [1, 5, 30, 120] },
  })
  .record(2.5, { target: 'staging' });

process.exit(1); // no flush, no await: it exits 1
