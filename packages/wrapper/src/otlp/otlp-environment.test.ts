import { expect, test } from 'vitest';
import { withOffer } from './otlp-environment.ts';

const OFFER = { url: 'http://127.0.0.1:4711/v1/metrics', token: 'token' };

test.each([
  [{}, '2000', '1900'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: 'soon' }, '2000', '1900'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '0' }, '2000', '1900'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '400' }, '2000', '400'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '30000' }, '30001', '30000'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '90000' }, undefined, '90000'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '5000' }, '5000', undefined],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_METRIC_EXPORT_TIMEOUT: '2000' }, '5000', '2000'],
])(
  'asks for no interval up to the time-out, which an SDK may refuse to start with: %o',
  (env, interval, timeout) => {
    const offered = withOffer(env, OFFER);
    expect(offered['OTEL_METRIC_EXPORT_INTERVAL']).toBe(interval);
    expect(offered['OTEL_METRIC_EXPORT_TIMEOUT']).toBe(timeout);
  },
);

test.each([
  [{}, undefined],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, undefined],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, 'gzip'],
  [{ OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'deflate' }, 'gzip'],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' }, 'none'],
])('asks for a packing that is taken here: %o', (env, packing) => {
  expect(withOffer(env, OFFER)['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION']).toBe(packing);
});

test('asks for histograms with explicit buckets where others were asked for', () => {
  const variable = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';
  expect(withOffer({}, OFFER)).not.toHaveProperty(variable);
  expect(withOffer({ [variable]: 'base2_exponential_bucket_histogram' }, OFFER)).toMatchObject({
    [variable]: 'explicit_bucket_histogram',
  });
});
