import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deliverInTurn, takeTurn } from './delivery-turn.ts';

const SOON_MS = 10;

function makeDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'ephemetry-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('lets one wait and one deliver, however slow the Collector is', async () => {
  const directory = makeDirectory();
  const started: Array<() => void> = [];
  const deliver = (): Promise<void> => new Promise((resolve) => started.push(resolve));
  expect(takeTurn(directory)).toBe(true);
  const first = deliverInTurn(directory, deliver, SOON_MS);
  await expect.poll(() => started.length).toBe(1);
  expect(takeTurn(directory)).toBe(true);
  let isSecondDone = false;
  const second = deliverInTurn(directory, deliver, SOON_MS).then(() => (isSecondDone = true));
  // A push of an hour later: who waits says so.
  const turn = join(directory, 'push-delivery');
  utimesSync(turn, 1, 1);
  await expect.poll(() => statSync(turn).mtimeMs).toBeGreaterThan(1000);
  expect(takeTurn(directory)).toBe(false);
  expect(started).toHaveLength(1);
  started[0]?.();
  await first;
  await expect.poll(() => started.length).toBe(2);
  expect([existsSync(turn), isSecondDone]).toEqual([false, false]);
  started[1]?.();
  await second;
  expect(readdirSync(directory)).toEqual([]);
});

test('takes over from a delivery that was killed, and leaves nothing when one fails', async () => {
  const directory = makeDirectory();
  expect(takeTurn(directory)).toBe(true);
  const failed = deliverInTurn(directory, () => Promise.reject(new Error('no')), SOON_MS);
  await expect(failed).rejects.toThrow('no');
  expect(readdirSync(directory)).toEqual([]);
  const left = join(directory, 'push-delivering');
  writeFileSync(left, '');
  utimesSync(left, 1, 1);
  let deliveries = 0;
  await deliverInTurn(
    directory,
    async () => {
      deliveries += 1;
    },
    SOON_MS,
  );
  expect(deliveries).toBe(1);
  expect(readdirSync(directory)).toEqual([]);
});
