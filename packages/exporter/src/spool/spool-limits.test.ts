import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SpoolLimits } from '../settings.ts';
import { asNobody } from './fixtures/as-nobody.ts';
import { deadOwner, NOW_UNIX_MS, runIdOf, spoolOf } from './fixtures/spool-of.ts';
import { takeLedger } from './ledger.ts';
import { ownOwner } from './owner.ts';
import { countExpired, enforceSpoolLimits, noteExpired } from './spool-limits.ts';

const AMPLE: SpoolLimits = { bytes: 1_000_000, files: 1000, ageMs: 3_600_000 };

function enforce(directory: string, limits: Partial<SpoolLimits>): ReturnType<typeof enforceSpoolLimits> {
  return enforceSpoolLimits(directory, { ...AMPLE, ...limits }, ownOwner(), NOW_UNIX_MS);
}

test('within the limits nothing goes', () => {
  const { directory, names } = spoolOf([{ run: 1, text: 'x\n' }]);
  expect(enforce(directory, {})).toEqual([]);
  expect(enforce(directory, { bytes: 2, files: 1, ageMs: 60_000 })).toEqual([]);
  expect(names()).toHaveLength(1);
});

test.each([
  ['bytes', { bytes: 4 }],
  ['files', { files: 2 }],
  ['age', { ageMs: 250_000 }],
])(
  'over the limit of %s the oldest go first, no more than needed, and their batches are counted',
  (_, limits) => {
    const { directory, names } = spoolOf([
      { run: 3, text: 'c\n', ageMs: 200_000 },
      { run: 1, text: 'a\n', ageMs: 400_000 },
      { run: 2, text: 'b\n', ageMs: 300_000 },
      { run: 4, text: 'd\n', ageMs: 100_000 },
    ]);
    const expired = enforce(directory, limits);
    expect(expired).toEqual([
      { runId: runIdOf(1), part: 1, batches: 1, isTorn: false },
      { runId: runIdOf(2), part: 1, batches: 1, isTorn: false },
    ]);
    expect(countExpired(expired)).toBe(2);
    expect(names()).toEqual([`${runIdOf(3)}.1.free.0.jsonl`, `${runIdOf(4)}.1.free.0.jsonl`]);
  },
);

test('only undelivered whole batches count as removed', () => {
  const { directory } = spoolOf([{ run: 1, text: 'a\nb\nc\ntorn', deliveredBytes: 2 }]);
  const expired = enforce(directory, { ageMs: 1 });
  expect(expired).toMatchObject([{ batches: 2 }]);
  expect(takeLedger(directory)).toBeUndefined();
  noteExpired(directory, expired);
  expect(takeLedger(directory)).toMatchObject({ expired: 2, unreadable: 1 });
});

test('files of living runs count, but are not touched; the next oldest of a dead one goes instead', () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'alive\n', owner: ownOwner(), ageMs: 900_000 },
    { run: 2, text: 'elsewhere\n', owner: '1-2-elsewhere', ageMs: 500_000 },
    { run: 3, text: 'dead\n', owner: deadOwner(), ageMs: 400_000 },
    { run: 4, text: 'free\n', ageMs: 300_000 },
  ]);
  expect(enforce(directory, { files: 3 })).toMatchObject([{ runId: runIdOf(3) }]);
  expect(enforce(directory, { bytes: 1 })).toMatchObject([{ runId: runIdOf(4) }]);
  expect(enforce(directory, { bytes: 1, files: 1, ageMs: 1 })).toEqual([]);
  expect(names()).toHaveLength(2);
});

test('a file in which nothing waits does not count: it must not cost a batch of another run', () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'sent\n', deliveredBytes: 5, owner: ownOwner(), ageMs: 900_000 },
    { run: 2, text: 'sent\n', deliveredBytes: 5, owner: ownOwner(), ageMs: 800_000 },
    { run: 3, text: 'waits\n', ageMs: 700_000 },
  ]);
  expect(enforce(directory, { bytes: 6, files: 1 })).toEqual([]);
  expect(names()).toHaveLength(3);
});

test.skipIf(process.getuid?.() === undefined)(
  'a file that cannot be read stays as it was, for others to try',
  () => {
    const { directory, names } = spoolOf([{ run: 1, text: 'old\n', owner: deadOwner() }]);
    const before = names();
    chmodSync(directory, 0o777);
    for (const name of before) chmodSync(join(directory, name), 0o000);

    expect(asNobody(() => enforce(directory, { ageMs: 1 }))).toEqual([]);

    expect(names()).toEqual(before);
  },
);

test('a run may give up full parts of its own', () => {
  const { directory, names } = spoolOf([
    { run: 1, part: 1, text: 'old\n', owner: ownOwner(), ageMs: 900_000 },
    { run: 1, part: 2, text: 'current\n', owner: ownOwner(), ageMs: 800_000 },
  ]);
  const limits = { ...AMPLE, files: 1 };
  const expired = enforceSpoolLimits(directory, limits, ownOwner(), NOW_UNIX_MS, ({ part }) => part === 1);
  expect(expired).toEqual([{ runId: runIdOf(1), part: 1, batches: 1, isTorn: false }]);
  expect(names()).toEqual([`${runIdOf(1)}.2.${ownOwner()}.0.jsonl`]);
});
