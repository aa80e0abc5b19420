import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@ephemetry/testing';
import { Pusher } from '@ephemetry/wrapper/push';
import { expect, onTestFinished, test } from 'vitest';
import { createOutput } from '../terminal/output.ts';
import { KeptSoon } from './kept-soon.ts';
import { openPushPlace } from './push-spool.ts';

test('frees what is kept for a drain while more comes, each time in a file of its own', async () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spoolDir = join(path, 'spool');
  const values = { now: false, service: undefined, spoolOnly: true, spoolDir, endpoint: undefined };
  const place = await openPushPlace(values, createOutput(process, {}));
  if (typeof place === 'number') throw new Error(`there is no place: ${place}`);
  const pusher = new Pusher(place, Date.now(), () => {});
  const kept = new KeptSoon({
    keep: () => pusher.keep(),
    handOver: () => place.handOver(),
    keepWithinMs: 5,
    handOverWithinMs: 20,
  });
  onTestFinished(() => kept.stop());
  const free = (): number => readdirSync(spoolDir).filter((name) => name.includes('.free.')).length;
  for (const files of [1, 2, 3]) {
    const head = { name: 'copied_files_total', unit: '', attributes: {} };
    expect(pusher.push({ ...head, kind: 'counter', value: 1 })).toBeUndefined();
    kept.came();
    await waitFor(() => free() === files, { what: `${files} files to be free`, deadlineMs: 5000 });
  }
  await place.end();
  expect(free()).toBe(3);
});
