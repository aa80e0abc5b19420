/** Rounds stay on their grid, do not pile up, and end when they are told to. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { startServer } from '../fixtures/servers.ts';
import { httpTarget, targetOf } from '../fixtures/targets.ts';
import { type Overrun, watchHealth } from './watch-health.ts';

test('rounds stay on their grid, however long each takes', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const controller = new AbortController();
  let spentMs = 0;
  const nowMs = (): number => performance.now() + spentMs;
  const startMs = nowMs();
  const endedMs: number[] = [];
  const watching = watchHealth({
    targets: [],
    networks: [],
    intervalMs: 100,
    stop: controller.signal,
    nowMs,
    onOverrun: () => {},
    onRound: () => {
      endedMs.push(nowMs() - startMs);
      spentMs += 30;
      if (endedMs.length === 5) controller.abort();
    },
  });
  await vi.advanceTimersByTimeAsync(1_000);
  await watching;
  expect(endedMs).toEqual([0, 100, 200, 300, 400]);
});

test('a round that is longer than the interval is said, and the next ones do not pile up', async () => {
  const { port, connections } = await startServer();
  const controller = new AbortController();
  const overruns: Overrun[] = [];
  let rounds = 0;
  await watchHealth({
    targets: [httpTarget(port, {}, { timeoutMs: 350 })],
    networks: [],
    intervalMs: 100,
    stop: controller.signal,
    onOverrun: (overrun) => overruns.push(overrun),
    onRound: () => {
      rounds += 1;
      if (rounds === 3) controller.abort();
    },
  });
  expect(connections()).toBe(3);
  expect(overruns).toHaveLength(3);
  for (const { tookMs, missedRounds } of overruns) {
    expect(tookMs).toBeGreaterThanOrEqual(349);
    expect(missedRounds).toBeGreaterThanOrEqual(3);
  }
});

test('it ends at once, and says nothing of what it gave up', async () => {
  const { port } = await startServer();
  const controller = new AbortController();
  const targets = [
    httpTarget(port, {}, { timeoutMs: 60_000 }),
    targetOf({ kind: 'command', command: ['sleep', '600'] }, { timeoutMs: 60_000 }),
  ];
  let rounds = 0;
  const onRound = (): void => {
    rounds += 1;
  };
  setTimeout(() => controller.abort(), 200);
  await watchHealth({
    targets,
    networks: [],
    intervalMs: 100,
    stop: controller.signal,
    onRound,
    onOverrun: () => {},
  });
  expect(rounds).toBe(0);
});
