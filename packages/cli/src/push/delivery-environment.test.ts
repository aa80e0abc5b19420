import { expect, test } from 'vitest';
import { deliveryEnvironment } from './delivery-environment.ts';

test('names files where they are, and leaves all else as it is', () => {
  const env = {
    OTEL_EXPORTER_OTLP_CERTIFICATE: 'certs/ca.pem',
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: ' ../key.pem ',
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/etc/client.pem',
    NODE_EXTRA_CA_CERTS: './more.pem',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector',
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '',
  };
  expect(deliveryEnvironment(env, '/srv/job')).toEqual({
    ...env,
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/srv/job/certs/ca.pem',
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: '/srv/key.pem',
    NODE_EXTRA_CA_CERTS: '/srv/job/more.pem',
  });
});

test.each([
  ['--require ./tracing.js', undefined],
  ['--import @opentelemetry/auto-instrumentations-node/register -r "/a b/c.js"', undefined],
  [
    '--use-system-ca --require ./a.js --dns-result-order=ipv4first',
    '--use-system-ca --dns-result-order=ipv4first',
  ],
])('loads no module of the program, and believes whom it believes: %s', (given, kept) => {
  const { NODE_OPTIONS: options } = deliveryEnvironment({ NODE_OPTIONS: given }, '/srv/job');
  expect(options).toBe(kept);
});
