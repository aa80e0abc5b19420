import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from '../settings.ts';
import type { DeliveryFailure } from '../verdict.ts';
import { deadOwner, NOW_UNIX_MS, runIdOf } from './fixtures/spool-of.ts';
import { ownOwner } from './owner.ts';
import {
  countRejected,
  giveBack,
  keepAgain,
  keepRejected,
  rejectedFolder,
  rejectedNames,
  type TakenBatch,
  takeRejected,
} from './rejected-folder.ts';

const KEEP_REJECTED = fileURLToPath(new URL('fixtures/keep-rejected.ts', import.meta.url));

const failure: DeliveryFailure = {
  kind: 'rejected',
  endpoint: 'http://c:4318/v1/metrics',
  status: 413,
  detail: 'too large',
};

function spool(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

/** Returns how many older ones had to go. */
function keep(directory: string, offsetBytes: number, options: KeepOptions = {}): number {
  const { body = '{}', limits, ageMs = 0 } = options;
  return keepRejected(
    directory,
    { runId: runIdOf(1), offsetBytes, body: Buffer.from(body) },
    failure,
    NOW_UNIX_MS + offsetBytes - ageMs,
    { ...DEFAULT_SPOOL_LIMITS, ...limits },
  );
}

interface KeepOptions {
  readonly body?: string;
  readonly limits?: Partial<SpoolLimits>;
  readonly ageMs?: number;
}

function names(directory: string): string[] {
  return readdirSync(rejectedFolder(directory)).sort();
}

test('keeps the batch with the reason, for its user alone', () => {
  const directory = spool();
  expect(countRejected(directory)).toBe(0);
  keep(directory, 7, { body: '{"resourceMetrics":[]}' });
  const folder = rejectedFolder(directory);
  const [name = ''] = readdirSync(folder);
  expect(name).toBe(`${NOW_UNIX_MS + 7}-${runIdOf(1)}-7.json`);
  expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual({
    rejectedAt: '2026-01-01T12:00:00.007Z',
    reason: 'http://c:4318/v1/metrics answered 413 too large',
    failure,
    batch: '{"resourceMetrics":[]}',
  });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(countRejected(directory)).toBe(1);
});

test('batches of one place that are rejected in the same millisecond are each kept', () => {
  const directory = spool();
  for (const body of ['a', 'b', 'c']) keep(directory, 0, { body });
  const bodies = names(directory).map(
    (name) => JSON.parse(readFileSync(join(rejectedFolder(directory), name), 'utf8')).batch,
  );
  expect(bodies.sort()).toEqual(['a', 'b', 'c']);
});

describe('keeps within the limits of the spool, the oldest go first, and tells how many', () => {
  test('files', () => {
    const directory = spool();
    const removed = [0, 1, 2, 3].map((offset) => keep(directory, offset, { limits: { files: 2 } }));
    expect(removed).toEqual([0, 0, 1, 1]);
    expect(names(directory).map((name) => name.at(-6))).toEqual(['2', '3']);
  });

  test('bytes, and always the newest however large', () => {
    const directory = spool();
    const large = { body: 'x'.repeat(7000), limits: { bytes: 16_000 } };
    expect([0, 1, 2, 3].map((offset) => keep(directory, offset, large))).toEqual([0, 0, 1, 1]);
    expect(names(directory).map((name) => name.at(-6))).toEqual(['2', '3']);
    expect(keep(directory, 4, { ...large, body: 'x'.repeat(17_000) })).toBe(2);
    expect(countRejected(directory)).toBe(1);
  });

  test('hours', () => {
    const directory = spool();
    keep(directory, 1, { ageMs: DEFAULT_SPOOL_LIMITS.ageMs + 10_000 });
    keep(directory, 2, { ageMs: DEFAULT_SPOOL_LIMITS.ageMs - 10_000 });
    expect(keep(directory, 3)).toBe(1);
    expect(names(directory).map((name) => name.at(-6))).toEqual(['2', '3']);
  });

  test('a drain at a wrong endpoint loses none of three hundred', () => {
    const directory = spool();
    for (let offset = 0; offset < 300; offset += 1) expect(keep(directory, offset)).toBe(0);
    expect(countRejected(directory)).toBe(300);
  });
});

test('drains that reject at the same time keep each batch, whoever removes the oldest', async () => {
  const directory = spool();
  const ends = [1, 2, 3].map(() => once(fork(KEEP_REJECTED, [directory, '400']), 'exit'));
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
  expect(countRejected(directory)).toBe(DEFAULT_SPOOL_LIMITS.files);
});

test('what several refuse in one millisecond is kept, each of it, though all have the same name for it', async () => {
  const directory = spool();
  const ends = [1, 2, 3].map(() => once(fork(KEEP_REJECTED, [directory, '100', 'standing clock']), 'exit'));
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
  expect(countRejected(directory)).toBe(300);
});

describe('the way back', () => {
  test('a batch whose place was taken meanwhile gets another one', () => {
    const directory = spool();
    const give = [
      (taken: TakenBatch) => giveBack(taken),
      (taken: TakenBatch) => keepAgain(taken, failure, 0),
    ];
    for (const [index, putBack] of give.entries()) {
      keep(directory, index, { body: 'old' });
      const [name = ''] = rejectedNames(directory);
      const taken = takeRejected(directory, name, ownOwner());
      if (taken === undefined) throw new Error('it was not taken');
      writeFileSync(taken.home, JSON.stringify({ batch: 'new' }));
      putBack(taken);
      const kept = names(directory).map((each) =>
        readFileSync(join(rejectedFolder(directory), each), 'utf8'),
      );
      expect(kept.map((text) => JSON.parse(text).batch).sort()).toEqual(['new', 'old']);
      for (const each of names(directory)) unlinkSync(join(rejectedFolder(directory), each));
    }
  });

  const text = '{"resourceMetrics":[]}';

  test('of several that take a batch one gets it, byte for byte', () => {
    const directory = spool();
    keep(directory, 1, { body: text });
    const [name = ''] = rejectedNames(directory);
    const taken = [ownOwner(), 'another'].map((owner) => takeRejected(directory, name, owner));
    expect(taken.map((each) => each && Buffer.from(each.body).toString())).toEqual([text, undefined]);
    // Taken by a living process: nobody else's.
    expect(rejectedNames(directory)).toEqual([]);
    expect(countRejected(directory)).toBe(1);
  });

  test('what is refused again stays with the new reason, in its old place', () => {
    const directory = spool();
    keep(directory, 1, { body: text });
    const [name = ''] = rejectedNames(directory);
    const taken = takeRejected(directory, name, ownOwner());
    if (taken === undefined) throw new Error('it was not taken');
    keepAgain(taken, { ...failure, detail: 'still too large' }, NOW_UNIX_MS + 5000);
    expect(names(directory)).toEqual([name]);
    expect(JSON.parse(readFileSync(join(rejectedFolder(directory), name), 'utf8'))).toMatchObject({
      rejectedAt: '2026-01-01T12:00:05.000Z',
      reason: expect.stringContaining('still too large'),
      batch: text,
    });
  });

  test('what a dead process had taken is found again, and given back as it was', () => {
    const directory = spool();
    keep(directory, 1, { body: text });
    const [name = ''] = rejectedNames(directory);
    takeRejected(directory, name, deadOwner());
    const [left = ''] = rejectedNames(directory);
    expect(left).toBe(`${name}.${deadOwner()}`);
    const taken = takeRejected(directory, left, ownOwner());
    if (taken === undefined) throw new Error('it was not taken');
    giveBack(taken);
    expect(rejectedNames(directory)).toEqual([name]);
  });

  test.each([
    ['no JSON', '{'],
    ['no batch', '{"batch":1}'],
    ['an empty batch', '{"batch":""}'],
  ])('a file that holds %s stays', (_, content) => {
    const directory = spool();
    keep(directory, 1);
    const [name = ''] = rejectedNames(directory);
    writeFileSync(join(rejectedFolder(directory), name), content);
    expect(takeRejected(directory, name, ownOwner())).toBeUndefined();
    expect(names(directory)).toEqual([name]);
  });
});

test('a link that leads nowhere hides no other file', () => {
  const directory = spool();
  keep(directory, 1);
  symlinkSync('/nowhere', join(rejectedFolder(directory), '0-link.json'));
  expect(countRejected(directory)).toBe(1);
});

test('fails when it cannot keep it, so that the batch counts as lost', () => {
  const directory = spool();
  writeFileSync(rejectedFolder(directory), 'a file is in the way');
  expect(() => keep(directory, 1)).toThrow('ENOTDIR');
});
