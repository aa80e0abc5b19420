import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { monotonicMs } from '../monotonic-clock.ts';
import type { SpoolLimits } from '../settings.ts';
import { asNobody } from './fixtures/as-nobody.ts';
import { deadOwner, type FileToWrite, NOW_UNIX_MS, runIdOf, spoolOf } from './fixtures/spool-of.ts';
import { ownOwner } from './owner.ts';
import { listSpoolFiles, type SpoolFile } from './spool-files.ts';
import { countExpired, enforceSpoolLimits, type LimitTerms } from './spool-limits.ts';

const AMPLE: SpoolLimits = { bytes: 1_000_000, files: 1000, ageMs: 3_600_000 };

/** A spool whose programs all want these limits. */
function limitedSpool(
  limits: Partial<SpoolLimits>,
  files: readonly FileToWrite[],
): ReturnType<typeof spoolOf> {
  return spoolOf(files.map((file) => ({ limits: { ...AMPLE, ...limits }, ...file })));
}

/** Everything may go for its age, unless the test says what. */
function enforce(directory: string, terms: Partial<LimitTerms> = {}): ReturnType<typeof enforceSpoolLimits> {
  return enforceSpoolLimits(directory, {
    owner: ownOwner(),
    nowUnixMs: NOW_UNIX_MS,
    note: () => {},
    mayExpire: () => true,
    ...terms,
  });
}

/** The runs whose files are left. */
function runsIn(directory: string): number[] {
  return listSpoolFiles(directory).map(({ runId }: SpoolFile) => Number(runId.slice(-3)));
}

test('within the limits nothing goes', () => {
  const { directory, names } = limitedSpool({ bytes: 2, files: 1, ageMs: 60_000 }, [{ run: 1, text: 'x\n' }]);
  expect(enforce(directory)).toEqual([]);
  expect(names()).toHaveLength(1);
});

const FOUR: readonly FileToWrite[] = [
  { run: 3, text: 'c\n', ageMs: 200_000 },
  { run: 1, text: 'a\n', ageMs: 400_000 },
  { run: 2, text: 'b\n', ageMs: 300_000 },
  { run: 4, text: 'd\n', ageMs: 100_000 },
];

test.each([
  ['bytes', { bytes: 4 }],
  ['files', { files: 2 }],
  ['age', { ageMs: 250_000 }],
])('over the limit of %s the oldest go first, no more than needed, and each is counted', (_, limits) => {
  const { directory } = limitedSpool(limits, FOUR);
  const noted: unknown[] = [];
  const expired = enforce(directory, { note: (counts) => noted.push(counts) });
  expect(expired).toEqual([
    { runId: runIdOf(1), part: 1, batches: 1 },
    { runId: runIdOf(2), part: 1, batches: 1 },
  ]);
  expect(countExpired(expired)).toBe(2);
  expect(noted).toEqual([
    { expired: 1, unreadable: 0, unsent: 0 },
    { expired: 1, unreadable: 0, unsent: 0 },
  ]);
  expect(runsIn(directory)).toEqual([3, 4]);
});

test('what nobody has offered yet does not go for its age', () => {
  const { directory } = limitedSpool({ ageMs: 250_000 }, FOUR);
  expect(
    enforceSpoolLimits(directory, { owner: ownOwner(), nowUnixMs: NOW_UNIX_MS, note: () => {} }),
  ).toEqual([]);
  expect(enforce(directory, { mayExpire: ({ runId }) => runId === runIdOf(2) })).toHaveLength(1);
  expect(runsIn(directory)).toEqual([1, 3, 4]);
});

test('only undelivered whole batches count as removed, and a torn line apart', () => {
  const { directory } = limitedSpool({ ageMs: 1 }, [{ run: 1, text: 'a\nb\nc\ntorn', deliveredBytes: 2 }]);
  const noted: unknown[] = [];
  expect(enforce(directory, { note: (counts) => noted.push(counts) })).toMatchObject([{ batches: 2 }]);
  expect(noted).toEqual([{ expired: 2, unreadable: 1, unsent: 0 }]);
});

test('files of living runs count, but are not touched; the next oldest of a dead one goes instead', () => {
  const limited = (limits: Partial<SpoolLimits>): string =>
    limitedSpool(limits, [
      { run: 1, text: 'alive\n', owner: ownOwner(), ageMs: 900_000 },
      { run: 2, text: 'elsewhere\n', owner: '1-2-elsewhere', ageMs: 500_000 },
      { run: 3, text: 'dead\n', owner: deadOwner(), ageMs: 400_000 },
      { run: 4, text: 'free\n', ageMs: 300_000 },
    ]).directory;
  const three = limited({ files: 3 });
  enforce(three);
  expect(runsIn(three)).toEqual([1, 2, 4]);
  const small = limited({ bytes: 20, files: 1, ageMs: 1 });
  enforce(small);
  expect(runsIn(small)).toEqual([1, 2]);
});

test('a file in which nothing waits does not count: it must not cost a batch of another run', () => {
  const { directory } = limitedSpool({ bytes: 6, files: 1 }, [
    { run: 1, text: 'sent\n', deliveredBytes: 5, owner: ownOwner(), ageMs: 900_000 },
    { run: 2, text: 'sent\n', deliveredBytes: 5, owner: ownOwner(), ageMs: 800_000 },
    { run: 3, text: 'waits\n', ageMs: 700_000 },
  ]);
  expect(enforce(directory)).toEqual([]);
  expect(runsIn(directory)).toEqual([1, 2, 3]);
});

test('a program with small limits costs one with larger limits nothing', () => {
  const { directory } = spoolOf([
    ...FOUR.map((file) => ({ ...file, limits: AMPLE })),
    ...[5, 6].map((run) => ({ run, text: 'x\n', limits: { ...AMPLE, files: 1, bytes: 4 } })),
  ]);
  expect(enforce(directory)).toEqual([{ runId: runIdOf(5), part: 1, batches: 1 }]);
  expect(runsIn(directory)).toEqual([1, 2, 3, 4, 6]);
});

test('one file above the limit of bytes goes alone, and costs no older one', () => {
  const { directory } = limitedSpool({ bytes: 10 }, [
    { run: 1, text: 'a\n', ageMs: 400_000 },
    { run: 2, text: 'b\n', ageMs: 300_000 },
    { run: 3, text: `${'c'.repeat(20)}\n`, ageMs: 200_000 },
    { run: 4, text: 'd\n', ageMs: 100_000 },
  ]);
  expect(enforce(directory)).toMatchObject([{ runId: runIdOf(3) }]);
  expect(runsIn(directory)).toEqual([1, 2, 4]);
});

test('a sparse file that says it has terabytes goes in no time', () => {
  const { directory, names } = limitedSpool({}, [{ run: 1, text: 'a\nb\n' }]);
  truncateSync(join(directory, names()[0] ?? ''), 2 ** 42);
  expect(enforce(directory)).toMatchObject([{ batches: 2 }]);
});

test('of a spool that is far over its limits a program in a hurry removes one file, and others the rest', () => {
  const { directory } = limitedSpool({ files: 1 }, FOUR);
  for (const left of [3, 2, 1, 1]) {
    enforce(directory, { untilMs: monotonicMs() + 30 });
    expect(runsIn(directory).length).toBeLessThanOrEqual(left);
  }
  const other = limitedSpool({ files: 1 }, FOUR).directory;
  expect(enforce(other, { untilMs: monotonicMs() - 1 })).toEqual([]);
});

test.skipIf(process.getuid?.() === undefined)(
  'a file that cannot be read stays as it was, for others to try',
  () => {
    const { directory, names } = limitedSpool({ ageMs: 1 }, [{ run: 1, text: 'old\n', owner: deadOwner() }]);
    const before = names();
    chmodSync(directory, 0o777);
    for (const name of before) chmodSync(join(directory, name), 0o000);

    expect(asNobody(() => enforce(directory))).toEqual([]);

    expect(names()).toEqual(before);
  },
);

test('a run may give up full parts of its own', () => {
  const { directory } = limitedSpool({ files: 1 }, [
    { run: 1, part: 1, text: 'old\n', owner: ownOwner(), ageMs: 900_000 },
    { run: 1, part: 2, text: 'current\n', owner: ownOwner(), ageMs: 800_000 },
  ]);
  const expired = enforce(directory, { isOwnOldPart: ({ part }) => part === 1 });
  expect(expired).toEqual([{ runId: runIdOf(1), part: 1, batches: 1 }]);
  expect(listSpoolFiles(directory)).toMatchObject([{ part: 2 }]);
});
