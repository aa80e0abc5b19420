/** Callbacks that throw, flush, or register and remove others, and what a host without types registers. */
import type { Attributes, ObservableResult } from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
import { setProvider } from './fixtures/observed-provider.ts';
import { said } from './fixtures/said.ts';

vi.mock('../../stderr-line.ts', async () => {
  const { said: lines } = await import('./fixtures/said.ts');
  return { writeStderrLine: (text: string) => lines.push(text) };
});
vi.mock('../../monotonic-clock.ts', () => import('./fixtures/callback-clock.ts'));

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
