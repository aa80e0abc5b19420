/** Programs with observable instruments: what their callbacks observe at the end is counted, and nothing waits for them. */
import { cpus, totalmem } from 'node:os';
import { type Ended, runProgram, type Totals } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
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

describe.concurrent('a program that', () => {
  test.for(['observes and ends', 'observes and exits', 'observes and throws', 'observes and is killed'])(
    '%s: its callbacks are called at the end as well',
    async (host, context) => {
      const scene = await setScene(context);
      const ended = await run(host, scene);
      expect(linesSaid(ended)).toEqual([]);
      expect(scene.receiver.totals().counters).toEqual({ observed_total: { 'key=a': 12 } });
    },
  );

  test('observes what an onEnding listener settles', async (context) => {
    const scene = await setScene(context);
    await run('observes what an onEnding listener settles', scene);
    expect(scene.receiver.totals().gauges).toEqual({ open: { '': 0 } });
  });

  test('ends while asynchronous callbacks run: not waited for, and what they observed by then counts', async (context) => {
    const scene = await setScene(context);
    const ended = await run('ends while asynchronous callbacks run', scene);
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

  test('has a callback that throws: said once, and the others are called', async (context) => {
    const scene = await setScene(context);
    const ended = await run('has a callback that throws', scene);
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
      const scene = await setScene(context);
      const ended = await run(`has ready-made instrumentation and ${end}`, scene);
      // Where the machine is busy enough a callback does take long.
      expect(linesSaid(ended).filter((line) => !line.includes('its callback took'))).toEqual([]);
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
