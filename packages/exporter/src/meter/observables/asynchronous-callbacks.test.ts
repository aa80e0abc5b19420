/** Callbacks that return a promise: who waits for them, and for how long. */
import type { ObservableResult } from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
import { gate, setProvider } from './fixtures/observed-provider.ts';
import { said } from './fixtures/said.ts';

vi.mock('../../stderr-line.ts', async () => {
  const { said: lines } = await import('./fixtures/said.ts');
  return { writeStderrLine: (text: string) => lines.push(text) };
});
vi.mock('../../monotonic-clock.ts', () => import('./fixtures/callback-clock.ts'));

describe('an asynchronous callback', () => {
  test.each(['flush', 'shutdown'] as const)('is waited for in %s', async (end) => {
    const { provider, meter, batches } = setProvider();
    meter.createObservableCounter('jobs').addCallback(async (result) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      result.observe(4);
    });
    await provider[end]();
    expect(batches()).toEqual([['jobs{}=4']]);
    expect(said).toEqual([]);
  });

  test('that does not settle takes half of the time, and what it observed by then counts', async () => {
    const { provider, meter, batches } = setProvider();
    const { promise, release } = gate();
    meter.createObservableCounter('jobs').addCallback((result) => {
      result.observe(4);
      return promise;
    });
    await provider.flush({ timeoutMs: 40 });
    expect(batches()).toEqual([['jobs{}=4']]);
    expect(said).toEqual([
      'asynchronous callbacks took longer than 20 ms; what they observed by then counts (said once)',
    ]);
    release();
  });

  test('that never settles is waited for once: neither flush nor shutdown waits for it again', async () => {
    const { provider, meter, batches } = setProvider();
    let calls = 0;
    meter.createObservableCounter('jobs').addCallback((result) => {
      calls += 1;
      result.observe(calls);
      return new Promise<void>(() => {});
    });
    await provider.flush({ timeoutMs: 40 });
    // The next ones would take half of 10 s each.
    const startMs = performance.now();
    await provider.flush();
    await provider.shutdown();
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(batches()).toEqual([['jobs{}=1']]);
    expect(said).toHaveLength(1);
  });

  test('that never settles holds shutdown up within the time that it was given', async () => {
    const { provider, meter, batches } = setProvider();
    meter.createObservableCounter('jobs').addCallback((result) => {
      result.observe(4);
      return new Promise<void>(() => {});
    });
    // By default it would be half of 5 s.
    const startMs = performance.now();
    await provider.shutdown({ timeoutMs: 40 });
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect(batches()).toEqual([['jobs{}=4']]);
  });

  test('that runs since its registration is waited for, and called anew', async () => {
    const { provider, meter, batches } = setProvider();
    const { promise, release } = gate();
    const values = [100, 105];
    meter.createObservableCounter('system.network.io').addCallback(async (result) => {
      const value = values.shift();
      await promise;
      if (value !== undefined) result.observe(value);
    });
    const flushed = provider.flush();
    release();
    await flushed;
    expect(batches()).toEqual([['system.network.io{}=5']]);
  });

  test('that runs is left alone by the interval', async () => {
    const { provider, meter, batches } = setProvider({ OTEL_METRIC_EXPORT_INTERVAL: '10' });
    const { promise, release } = gate();
    const ticks = vi.fn();
    meter.createObservableGauge('ticks').addCallback(ticks);
    const slow = vi.fn(async (result: ObservableResult) => {
      await promise;
      result.observe(4);
    });
    meter.createObservableCounter('jobs').addCallback(slow);
    await expect.poll(() => ticks.mock.calls.length).toBeGreaterThan(3);
    expect(slow).toHaveBeenCalledTimes(1);
    release();
    const persisted = (): string[][] => {
      provider.persist();
      return batches();
    };
    await expect.poll(persisted).toEqual([['jobs{}=4']]);
  });

  test.each([
    ['waits for it', (flush: () => Promise<unknown>) => flush()],
    ['does not wait for it', (flush: () => Promise<unknown>): void => void flush()],
  ])('that flushes and %s does not run for ever', async (_, use) => {
    const { provider, meter, batches } = setProvider();
    const flush = (): Promise<unknown> => provider.flush({ timeoutMs: 20 });
    const callback = vi.fn(async (result: ObservableResult): Promise<void> => {
      result.observe(1);
      await Promise.resolve();
      await use(flush);
      await use(flush);
    });
    meter.createObservableGauge('heat').addCallback(callback);
    await flush();
    await provider.shutdown();
    expect(callback.mock.calls.length).toBeLessThan(5);
    expect(batches().flat()).toContain('heat{}=1~');
  });

  test('holds up no other: a flush meanwhile calls those that are not asynchronous', async () => {
    const { provider, meter, batches } = setProvider();
    const { promise, release } = gate();
    let total = 1;
    meter.createObservableCounter('slow').addCallback(() => promise);
    meter.createObservableCounter('jobs').addCallback((result) => result.observe(total));
    const first = provider.flush();
    total = 5;
    const second = provider.flush();
    release();
    await Promise.all([first, second]);
    expect(batches()).toEqual([['jobs{}=1'], ['jobs{}=4']]);
  });

  test('holds up nothing that was measured meanwhile', async () => {
    const { provider, meter, batches } = setProvider();
    const { promise, release } = gate();
    meter.createObservableCounter('jobs').addCallback(() => promise);
    meter.createCounter('sync').add(1);
    const flushed = provider.flush();
    expect(batches()).toEqual([['sync{}=1']]);
    release();
    await flushed;
  });
});
