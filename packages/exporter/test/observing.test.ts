/** Programs with observable instruments: what their callbacks observe at the end is counted, and nothing waits for them. */
import { cpus, totalmem } from 'node:os';
import { drain } from '@ephemetry/exporter';
import { type Ended, runProgram, type Totals } from '@ephemetry/testing';
import { describe, expect, type TestContext, test } from 'vitest';
import { ending, fixture, linesSaid, type Scene, setScene } from './scene.ts';

const HOSTS = fixture('observing-hosts.ts');

async function run(host: string, scene: Scene): Promise<Ended> {
  const ended = await runProgram(HOSTS, { args: [host], env: scene.env });
  const bare = await runProgram(HOSTS, { args: [host, 'bare'] });
  expect(ending(ended)).toEqual(ending(bare));
  expect(ended.stdout).toBe('');
  expect(scene.receiver.malformed).toEqual([]);
  return ended;
}

/** What is said of callbacks that take long. */
const SLOW = /callbacks?( of observable instruments)? took \d+ ms/;

/** On a busy machine any callback may take long, and is not called at the end then: sees a run where none did. */
async function runQuickly(
  host: string,
  context: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<{ scene: Scene; ended: Ended }> {
  for (let attempt = 1; ; attempt += 1) {
    const scene = await setScene(context);
    const ended = await run(host, { ...scene, env: { ...scene.env, ...env } });
    if (attempt === 10 || !SLOW.test(ended.stderr)) return { scene, ended };
  }
}

describe.concurrent('a program that', () => {
  test.for(['observes and ends', 'observes and exits', 'observes and throws', 'observes and is killed'])(
    '%s: its callbacks are called at the end as well',
    async (host, context) => {
      const { scene, ended } = await runQuickly(host, context);
      expect(linesSaid(ended)).toEqual([]);
      expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=a': 12 } });
    },
  );

  test('observes what an onEnding listener settles', async (context) => {
    const { scene } = await runQuickly('observes what an onEnding listener settles', context);
    expect(scene.receiver.totals().gauges).toEqual({ open: { '': 0 } });
  });

  test('ends while asynchronous callbacks run: not waited for, and what they observed by then counts', async (context) => {
    const { scene, ended } = await runQuickly('ends while asynchronous callbacks run', context);
    expect(linesSaid(ended)).toEqual([]);
    expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=before': 20 } });
  });

  test('has a slow callback: said once, and not called at the end', async (context) => {
    const scene = await setScene(context);
    const ended = await run('has a slow callback', scene);
    expect(ended.marks.filter((mark) => mark === 'slow')).toHaveLength(1);
    const slow = linesSaid(ended).filter((line) => line.startsWith('ephemetry: slow: its callback took '));
    expect(slow).toHaveLength(1);
    expect(scene.receiver.totals().gauges).toEqual({ slow: { '': 1 }, quick: { '': 2 } });
  });

  test('had a slow callback once: not called at the end, where nothing could interrupt it', async (context) => {
    const scene = await setScene(context);
    const ended = await run('had a slow callback once', scene);
    expect(ended.marks.filter((mark) => mark === 'slow')).toHaveLength(1);
    expect(linesSaid(ended)).toEqual([expect.stringContaining('slow_total: its callback took ')]);
    expect(scene.receiver.totals().counters).toEqual({ slow_total: { '': 1 } });
  });

  test('records in a callback: counted, at the end as well', async (context) => {
    const { scene, ended } = await runQuickly('records in a callback', context);
    expect(linesSaid(ended)).toEqual([]);
    expect(scene.receiver.totals().counters).toEqual({ calls_total: { '': 2 } });
  });

  test('is killed after an interval: what was observed by then is there', async (context) => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '20', EPHEMETRY_PERSIST_INTERVAL_MS: '20' };
    const { scene } = await runQuickly('is killed after an interval', context, env);
    expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=a': 15 } });
  });

  test('has a callback that flushes and registers others: it ends as it would without', async (context) => {
    const { scene, ended } = await runQuickly('has a callback that flushes and registers others', context);
    expect(linesSaid(ended)).toEqual([]);
    expect(ended.marks.filter((mark) => mark === 'called')).toHaveLength(2);
    const counters = { first_total: { '': 1 }, observed_total: { 'key=a': 12 } };
    expect(scene.receiver.totals().counters).toEqual(counters);
    expect(scene.receiver.totals().gauges).toEqual({ busy: { '': 1 } });
  });

  test('has a callback that exits: what was observed before is counted', async (context) => {
    const { scene } = await runQuickly('has a callback that exits', context);
    expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=a': 12 } });
    expect(scene.receiver.totals().gauges).toEqual({ health: { '': 0 } });
  });

  test('has a callback that exits among exit listeners: what was measured is on disk', async (context) => {
    const { scene } = await runQuickly('has a callback that exits among exit listeners', context);
    await drain({ spoolDir: scene.spoolDir, endpoint: scene.receiver.url, env: {} });
    expect(scene.receiver.totals().counters).toEqual({ counted_total: { '': 3 } });
  });

  test.for(['OTEL_SDK_DISABLED=true', 'OTEL_METRICS_EXPORTER=none'])(
    'has ready-made instrumentation, and %s: silent, and nothing is sent',
    async (setting, context) => {
      const scene = await setScene(context);
      const [name = '', value = ''] = setting.split('=');
      const env = { ...scene.env, [name]: value };
      const ended = await run('has ready-made instrumentation and exits', { ...scene, env });
      expect(ended.stderr).toBe('');
      expect(scene.receiver.totals().batches).toBe(0);
    },
  );

  test('has a callback that throws: said once, and the others are called', async (context) => {
    const { scene, ended } = await runQuickly('has a callback that throws', context);
    expect(linesSaid(ended)).toEqual([
      'ephemetry: broken: its callback threw: no sensor; nothing was observed (said once)',
    ]);
    expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=a': 12 } });
  });
});

describe.concurrent('runtime-node and host-metrics', () => {
  test.for(['flushes', 'exits'])(
    'run silently, with right values, in a program that %s',
    async (end, context) => {
      const { scene, ended } = await runQuickly(`has ready-made instrumentation and ${end}`, context);
      expect(linesSaid(ended)).toEqual([]);
      const { counters, gauges } = scene.receiver.totals();
      expectRunValues(counters, gauges);
      if (end === 'flushes') expect(Object.keys(counters['system.network.io'] ?? {})).not.toEqual([]);
    },
  );
});

function expectRunValues(counters: Totals['counters'], gauges: Totals['gauges']): void {
  // The process kept one CPU busy for 100 ms, and ran for less than a minute; the machine runs for longer.
  expect(sum(counters['process.cpu.time'])).toBeGreaterThan(0.05);
  expect(sum(counters['process.cpu.time'])).toBeLessThan(60);
  expect(sum(counters['system.cpu.time'])).toBeGreaterThan(0.05);
  expect(sum(counters['system.cpu.time'])).toBeLessThan(60 * cpus().length);
  expect(gauges['system.memory.usage']?.['system.memory.state=used']).toBeLessThan(totalmem());
  const heap = Object.values(gauges['v8js.memory.heap.space.size'] ?? {});
  expect(heap.length).toBeGreaterThan(3);
  expect(Math.max(...heap)).toBeGreaterThan(1e5);
  expect(gauges['process.memory.usage']?.['']).toBeGreaterThan(1e7);
}

function sum(values: Readonly<Record<string, number>> | undefined): number {
  return Object.values(values ?? {}).reduce((total, value) => total + value, 0);
}
