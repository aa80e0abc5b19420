/** When callbacks are called, and what becomes of what they observe. */
import type { ObservableResult } from '@opentelemetry/api';
import { expect, test, vi } from 'vitest';
import { take } from './fixtures/callback-clock.ts';
import { setProvider } from './fixtures/observed-provider.ts';
import { said } from './fixtures/said.ts';

vi.mock('../../stderr-line.ts', async () => {
  const { said: lines } = await import('./fixtures/said.ts');
  return { writeStderrLine: (text: string) => lines.push(text) };
});
vi.mock('../../monotonic-clock.ts', () => import('./fixtures/callback-clock.ts'));

test('a counter is sent as what it has counted since the last time, from 0 on', async () => {
  const { provider, meter, batches } = setProvider();
  let total = 5;
  meter.createObservableCounter('jobs').addCallback((result) => result.observe(total));
  provider.persist();
  total = 7.5;
  await provider.flush();
  await provider.flush();
  total = 8;
  await provider.shutdown();
  expect(batches()).toEqual([['jobs{}=5'], ['jobs{}=2.5'], ['jobs{}=0.5']]);
  expect(said).toEqual([]);
});

test('what counts since the machine booted is sent from its value at registration', async () => {
  const { provider, meter, batches } = setProvider();
  let seconds = 1000;
  meter.createObservableCounter('system.cpu.time').addCallback((result) => result.observe(seconds));
  seconds = 1002;
  await provider.flush();
  // A machine does not boot below a running process; what it counted of an interface that came back is not known.
  seconds = 1001;
  await provider.flush();
  seconds = 1004;
  await provider.flush();
  expect(batches()).toEqual([['system.cpu.time{}=2'], ['system.cpu.time{}=0'], ['system.cpu.time{}=3']]);
  expect(said).toHaveLength(1);
});

test('a counter that falls has begun anew, which is said once', async () => {
  const { provider, meter, batches } = setProvider();
  let total = 10;
  meter.createObservableCounter('jobs').addCallback((result) => result.observe(total));
  for (total of [4, 6, 1]) await provider.flush();
  expect(batches()).toEqual([['jobs{}=14'], ['jobs{}=2'], ['jobs{}=1']]);
  expect(said).toEqual([
    'jobs: a callback reported 4 after 10; the counter is treated as restarted (said once)',
  ]);
});

test('a counter that falls by fractions, again and again, is said once', async () => {
  const { provider, meter } = setProvider();
  let total = 9;
  meter.createObservableCounter('jobs').addCallback((result) => result.observe(total));
  for (total of [8.5, 7, 6.25, 1e-9, 0]) await provider.flush();
  expect(said).toHaveLength(1);
});

test('up-down counters and gauges are sent as the last value', async () => {
  const { provider, meter, batches } = setProvider();
  let level = 3;
  const observe = (result: ObservableResult): void => {
    result.observe(100);
    result.observe(level);
  };
  meter.createObservableUpDownCounter('open').addCallback(observe);
  meter.createObservableGauge('heat').addCallback(observe);
  level = -2;
  await provider.flush();
  expect(batches()).toEqual([['open{}=-2~', 'heat{}=-2~']]);
});

test('batches in between call no callback, and repeat no observation', async () => {
  const { provider, meter, batches } = setProvider();
  const callback = vi.fn((result: ObservableResult) => result.observe(1));
  meter.createObservableGauge('heat').addCallback(callback);
  meter.createObservableCounter('jobs').addCallback(callback);
  const counter = meter.createCounter('sync');
  for (const value of [1, 2]) {
    counter.add(value);
    provider.persist();
  }
  expect(callback).toHaveBeenCalledTimes(2);
  expect(batches()).toEqual([['heat{}=1~', 'jobs{}=1', 'sync{}=1'], ['sync{}=2']]);
});

test('attributes that disappear add nothing, and only what is new when they come back', async () => {
  const { provider, meter, batches } = setProvider();
  let totals: Record<string, number> = { a: 1, b: 10 };
  meter.createObservableCounter('jobs').addCallback((result) => {
    for (const [key, total] of Object.entries(totals)) result.observe(total, { key });
  });
  meter.createObservableGauge('heat').addCallback((result) => {
    for (const [key, total] of Object.entries(totals)) result.observe(total, { key });
  });
  for (totals of [{ a: 2 }, { a: 2, b: 13 }]) await provider.flush();
  expect(batches()).toEqual([
    ['jobs{key=a}=2', 'jobs{key=b}=10', 'heat{key=a}=2~', 'heat{key=b}=10~'],
    ['jobs{key=b}=3', 'heat{key=a}=2~', 'heat{key=b}=13~'],
  ]);
});

test('attribute sets past the limit are added up as one, and the total is right', async () => {
  const { provider, meter, batches } = setProvider();
  let each = 1;
  meter.createObservableCounter('jobs').addCallback((result) => {
    for (let key = 0; key < 2500; key += 1) result.observe(each, { key });
  });
  provider.persist();
  each = 3;
  await provider.flush();
  const sums = batches().map((points) =>
    points.reduce((sum, point) => sum + Number(point.split('=').at(-1)), 0),
  );
  expect(sums).toEqual([2500, 5000]);
  expect(batches()[1]).toContain('jobs{otel.metric.overflow=true}=1002');
});

test('callbacks are called in the interval of OTEL_METRIC_EXPORT_INTERVAL', async () => {
  const { meter } = setProvider({ OTEL_METRIC_EXPORT_INTERVAL: '10' });
  const callback = vi.fn();
  meter.createObservableGauge('heat').addCallback(callback);
  await expect.poll(() => callback.mock.calls.length).toBeGreaterThan(3);
});

test('a batch callback observes several instruments in one call, and only those it is registered for', async () => {
  const { provider, meter, batches } = setProvider();
  const [jobs, heat] = [meter.createObservableCounter('jobs'), meter.createObservableGauge('heat')];
  const other = meter.createObservableGauge('other');
  const callback = vi.fn((result: { observe(...given: unknown[]): void }) => {
    result.observe(jobs, 2, { key: 'a' });
    result.observe(heat, 30);
    result.observe(other, 1);
  });
  meter.addBatchObservableCallback(callback, [jobs, heat]);
  meter.addBatchObservableCallback(callback, [heat, jobs]);
  provider.persist();
  meter.removeBatchObservableCallback(callback, [heat, jobs]);
  await provider.flush();
  expect(callback).toHaveBeenCalledTimes(1);
  expect(batches()).toEqual([['jobs{key=a}=2', 'heat{}=30~']]);
  expect(said).toContain(
    'other: dropped a value from a callback that is not registered for this instrument (said once)',
  );
});

test('a callback that was removed is not called, one that was added twice is called once', async () => {
  const { provider, meter } = setProvider();
  const callback = vi.fn();
  const gauge = meter.createObservableGauge('heat');
  gauge.addCallback(callback);
  gauge.addCallback(callback);
  gauge.removeCallback(callback);
  await provider.flush();
  expect(callback).toHaveBeenCalledTimes(1);
});

test('a callback that took over 50 ms is said once', async () => {
  const { provider, meter } = setProvider();
  meter.createObservableGauge('slow').addCallback(() => take(55));
  await provider.flush();
  expect(said).toEqual([
    'slow: its callback took 55 ms. At the end of the process a callback may take 50 ms, so this one is skipped there until 3 calls in a row are fast (said once)',
  ]);
});

test.each([{ OTEL_SDK_DISABLED: 'true' }, { OTEL_METRICS_EXPORTER: 'none' }])(
  'disabled: no callback is called, and nothing is said: %j',
  async (env) => {
    const { provider, meter } = setProvider(env);
    const callback = vi.fn();
    meter.createObservableCounter('jobs').addCallback(callback);
    meter.addBatchObservableCallback(callback, []);
    await provider.flush();
    await provider.shutdown();
    expect(callback).not.toHaveBeenCalled();
    expect(said).toEqual([]);
  },
);

test('after shutdown no callback is called', async () => {
  const { provider, meter } = setProvider();
  const callback = vi.fn();
  const gauge = meter.createObservableGauge('heat');
  await provider.shutdown();
  gauge.addCallback(callback);
  await provider.flush();
  expect(callback).not.toHaveBeenCalled();
});

test('of several values under one attribute set in one call the last counts, whatever the order of the attributes', async () => {
  const { provider, meter, batches } = setProvider();
  meter.createObservableCounter('jobs').addCallback((result) => {
    result.observe(9, { a: '1', b: '2' });
    result.observe(3, { b: '2', a: '1' });
  });
  await provider.flush();
  expect(batches()).toEqual([['jobs{b=2,a=1}=3']]);
  expect(said).toEqual([]);
});

test('what a callback records with another instrument is counted', async () => {
  const { provider, meter, batches } = setProvider();
  const calls = meter.createCounter('calls');
  meter.createObservableGauge('heat').addCallback((result) => {
    calls.add(1);
    result.observe(1);
  });
  await provider.flush();
  expect(batches()).toEqual([['calls{}=2', 'heat{}=1~']]);
});

test('what is no value is dropped: said of a counter, not of a gauge that divided by 0', async () => {
  const { provider, meter, batches } = setProvider();
  const values = [Number.NaN, Number.POSITIVE_INFINITY];
  const observe = (result: ObservableResult): void => {
    for (const value of values) result.observe(value);
  };
  meter.createObservableGauge('ratio').addCallback(observe);
  meter.createObservableCounter('jobs').addCallback((result) => result.observe(-1));
  await provider.flush();
  expect(batches()).toEqual([]);
  expect(said).toEqual(['jobs: the value -1 was dropped; allowed: 0 or more (said once)']);
});
