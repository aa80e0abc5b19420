/** The oldest `@opentelemetry/api` that is allowed: what is registered there counts like what is asked of the provider. */
import { createMeterProvider } from '@ephemetry/exporter';
import { metrics } from 'opentelemetry-api-1.9';
import { expect, test } from 'vitest';
import { setScene } from './scene.ts';

test('the oldest API of the peer range registers the provider, and its meters and callbacks count', async (context) => {
  const { receiver, spoolDir } = await setScene(context);
  const provider = createMeterProvider({ serviceName: 'old', endpoint: receiver.url, spoolDir, env: {} });
  metrics.setGlobalMeterProvider(provider);
  context.onTestFinished(() => metrics.disable());
  const meter = metrics.getMeter('old');
  meter.createCounter('jobs_total').add(2, { queue: 'a' });
  meter.createHistogram('job_seconds').record(3);
  meter.createObservableGauge('waiting').addCallback((result) => result.observe(4));
  expect(await provider.shutdown()).toMatchObject({ lost: 0, spooled: 0 });
  const { counters, histograms, gauges } = receiver.totals();
  expect(Object.values(counters.jobs_total ?? {})).toEqual([2]);
  expect(Object.values(histograms.job_seconds ?? {})).toMatchObject([{ count: 1, sum: 3 }]);
  expect(Object.values(gauges.waiting ?? {})).toEqual([4]);
});
