/** Callbacks through the public provider, spooled and read back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createMeterProvider, type EphemeralMeterProvider } from '../../ephemeral-meter-provider.ts';
import { monotonicMs } from '../../monotonic-clock.ts';

const said: string[] = [];
vi.mock('../../stderr-line.ts', () => ({ writeStderrLine: (text: string) => said.push(text) }));

/** A point as `name{attributes}=value`, with `~` where it is a gauge. */
type Shown = string;

interface Setting {
  readonly provider: EphemeralMeterProvider;
  readonly meter: Meter;
  /** The points of each batch. */
  readonly batches: () => Shown[][];
}

function setProvider(env: NodeJS.ProcessEnv = {}): Setting {
  const spoolDir = mkdtempSync(join(tmpdir(), 'ephemetry-observers-'));
  const provider = createMeterProvider({ delivery: 'spool-only', spoolDir, handleSignals: false, env });
  onTestFinished(async () => {
    await provider.shutdown();
    said.length = 0;
    rmSync(spoolDir, { recursive: true });
  });
  const batches = (): Shown[][] =>
    readdirSync(spoolDir)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(spoolDir, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map(showPoints);
  return { provider, meter: provider.getMeter('observed'), batches };
}

function showPoints(line: string): Shown[] {
  const [{ scopeMetrics }] = JSON.parse(line).resourceMetrics;
  const [{ metrics }] = scopeMetrics;
  return metrics.flatMap(({ name, sum, gauge }: Record<string, { dataPoints: unknown[] }>) =>
    (sum ?? gauge)?.dataPoints.map((point) => `${name}${showPoint(point)}${sum === undefined ? '~' : ''}`),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: OTLP/JSON as it was written.
function showPoint({ attributes, asDouble, asInt }: any): string {
  const labels = attributes.map(
    ({ key, value }: { key: string; value: object }) => `${key}=${Object.values(value)[0]}`,
  );
  return `{${labels}}=${asInt ?? asDouble}`;
}

/** Spins: what holds up a process is a callback that does not return. */
function block(ms: number): void {
  const untilMs = monotonicMs() + ms;
  while (monotonicMs() < untilMs);
}

function gate(): { promise: Promise<void>; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

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
    'jobs: a callback observed 4 after 10; a counter that falls has begun anew (said once)',
  ]);
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
  await vi.waitFor(() => expect(callback.mock.calls.length).toBeGreaterThan(3), { timeout: 20_000 });
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
  expect(said).toEqual(['other: observed by a callback that is not registered for it; dropped (said once)']);
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

describe('a callback that throws', () => {
  test.each([
    [
      'at once',
      (): void => {
        throw new Error('no sensor');
      },
    ],
    [
      'later',
      async (): Promise<void> => {
        throw new Error('no sensor');
      },
    ],
  ])('%s is said once, and keeps no other from being called', async (_, throwing) => {
    const { provider, meter, batches } = setProvider();
    meter.createObservableGauge('heat').addCallback(throwing);
    meter.createObservableGauge('cold').addCallback((result) => result.observe(1));
    for (let i = 0; i < 3; i += 1) await provider.flush();
    expect(said).toEqual(['heat: its callback threw: no sensor; nothing was observed (said once)']);
    expect(batches().flat()).toContain('cold{}=1~');
  });

  test('before its module is evaluated is called again after that, in silence', async () => {
    const { provider, meter, batches } = setProvider();
    meter.createObservableGauge('heat').addCallback((result) => result.observe(later));
    const later = 7;
    await Promise.resolve();
    provider.persist();
    expect(batches()).toEqual([['heat{}=7~']]);
    expect(said).toEqual([]);
  });
});

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
    const startMs = monotonicMs();
    await provider.flush();
    await provider.shutdown();
    expect(monotonicMs() - startMs).toBeLessThan(4000);
    expect(batches()).toEqual([['jobs{}=1']]);
    expect(said).toHaveLength(1);
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
    await vi.waitFor(() => expect(ticks.mock.calls.length).toBeGreaterThan(3), { timeout: 20_000 });
    expect(slow).toHaveBeenCalledTimes(1);
    release();
    await vi.waitFor(() => {
      provider.persist();
      expect(batches()).toEqual([['jobs{}=4']]);
    });
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

test('a callback that took over 50 ms is said once', async () => {
  const { provider, meter } = setProvider();
  meter.createObservableGauge('slow').addCallback(() => block(55));
  await provider.flush();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^slow: its callback took \d+ ms, allowed is up to 50 at the end of the process; it is not called there until 3 calls were quick \(said once\)$/,
  );
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

test('a counter that falls by fractions, again and again, is said once', async () => {
  const { provider, meter } = setProvider();
  let total = 9;
  meter.createObservableCounter('jobs').addCallback((result) => result.observe(total));
  for (total of [8.5, 7, 6.25, 1e-9, 0]) await provider.flush();
  expect(said).toHaveLength(1);
});

test('a callback that another one removes is not called in the same round', async () => {
  const { provider, meter } = setProvider();
  const [first, second] = [meter.createObservableGauge('first'), meter.createObservableGauge('second')];
  const callback = vi.fn();
  let isOver = false;
  first.addCallback(() => {
    if (isOver) second.removeCallback(callback);
  });
  second.addCallback(callback);
  isOver = true;
  await provider.flush();
  expect(callback).toHaveBeenCalledTimes(1);
});

test.each([false, true])(
  'callbacks that register ever new ones are called in bounds; throwing: %s',
  async (isThrowing) => {
    const { provider, meter } = setProvider();
    const gauge = meter.createObservableGauge('heat');
    let calls = 0;
    const register = (): void => {
      gauge.addCallback(() => {
        calls += 1;
        register();
        if (isThrowing) throw new Error('no sensor');
      });
    };
    register();
    await provider.flush();
    expect(calls).toBeLessThan(30_000);
  },
);

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

describe('what a host without types registers breaks nothing:', () => {
  test.each([
    ['no function', null, [], 1],
    ['no list of instruments', () => {}, null, 1],
    ['a list of anything', () => {}, [null, {}, 'heat'], 1],
  ])('%s', async (_, callback, instruments, lines) => {
    const { provider, meter } = setProvider();
    const add: unknown = meter.addBatchObservableCallback;
    if (typeof add !== 'function') throw new Error('a meter has batch callbacks');
    expect(() => add.call(meter, callback, instruments)).not.toThrow();
    await provider.flush();
    expect(said).toHaveLength(lines);
  });

  test.each([
    ['an object without text', Object.create(null)],
    [
      'an error without a message',
      Object.defineProperty(new Error('hidden'), 'message', {
        get: () => {
          throw new Error('no message');
        },
      }),
    ],
    ['an error with a message of 1 MB', new Error('x'.repeat(1e6))],
  ])('a callback that throws %s', async (_, thrown) => {
    const { provider, meter } = setProvider();
    meter.createObservableGauge('heat').addCallback(() => {
      throw thrown;
    });
    await provider.flush();
    expect(said).toHaveLength(1);
    expect(said[0]?.length).toBeLessThan(1000);
  });
});

test('an instrument of another provider is not observed', async () => {
  const [one, other] = [setProvider(), setProvider()];
  const foreign = other.meter.createObservableGauge('foreign');
  const own = one.meter.createObservableGauge('own');
  one.meter.addBatchObservableCallback(
    (result) => {
      result.observe(own, 1);
      result.observe(foreign, 2);
    },
    [own, foreign],
  );
  await one.provider.flush();
  await other.provider.flush();
  expect(one.batches()).toEqual([['own{}=1~']]);
  expect(other.batches()).toEqual([]);
});

test('a callback that flushes, registers or asks for more does not run for ever', async () => {
  const { provider, meter, batches } = setProvider();
  const gauge = meter.createObservableGauge('heat');
  const callback = vi.fn((result: ObservableResult<Attributes>): void => {
    void provider.flush();
    provider.persist();
    gauge.addCallback(callback);
    result.observe(1);
  });
  gauge.addCallback(callback);
  await provider.flush();
  expect(callback.mock.calls.length).toBeLessThan(5);
  expect(batches().flat()).toContain('heat{}=1~');
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
  expect(said).toEqual(['jobs: -1 was measured, allowed is 0 or more; dropped (said once)']);
});
