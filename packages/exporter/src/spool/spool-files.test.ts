import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asNobody } from './fixtures/as-nobody.ts';
import { deadOwner, NOW_UNIX_MS, runIdOf, spoolOf } from './fixtures/spool-of.ts';
import { FOREIGN_LEASE_MS, ownOwner } from './owner.ts';
import {
  isAbandoned,
  leaseFile,
  listSpoolFiles,
  releaseFile,
  renameFile,
  type SpoolFile,
} from './spool-files.ts';

function only(directory: string): SpoolFile {
  const [file, ...others] = listSpoolFiles(directory);
  if (file === undefined || others.length > 0) throw new Error('one file was expected');
  return file;
}

test('lists its own files, oldest first, and nothing else', () => {
  const { directory } = spoolOf([
    { run: 1, text: 'new\n', ageMs: 10 },
    { run: 2, text: 'old\n', ageMs: 5000, deliveredBytes: 4, part: 3 },
  ]);
  writeFileSync(join(directory, 'last-verdict.json'), '{}');
  mkdirSync(join(directory, `${runIdOf(3)}.1.free.0.jsonl`));
  symlinkSync('/etc/hostname', join(directory, `${runIdOf(4)}.1.free.0.jsonl`));
  expect(listSpoolFiles(directory)).toMatchObject([
    { runId: runIdOf(2), part: 3, deliveredBytes: 4, bytes: 4, modifiedUnixMs: NOW_UNIX_MS - 5000 },
    { runId: runIdOf(1), part: 1, deliveredBytes: 0, bytes: 4, owner: 'free' },
  ]);
});

test.skipIf(process.getuid === undefined)('a directory that may not be searched holds nothing', () => {
  const { directory } = spoolOf([{ run: 1, text: 'x\n' }]);
  chmodSync(directory, 0o444);
  const files = asNobody(() => listSpoolFiles(directory));
  chmodSync(directory, 0o700);
  expect(files).toEqual([]);
});

test('a directory that is gone holds nothing', () => {
  expect(listSpoolFiles('/nowhere/at/all')).toEqual([]);
});

test.each([
  ['free', 0, true],
  [ownOwner(), 60_000_000, false],
  [deadOwner(), 0, true],
  ['1-2-elsewhere', FOREIGN_LEASE_MS, false],
  ['1-2-elsewhere', FOREIGN_LEASE_MS + 1, true],
])('a file of owner %s, untouched for %d ms: abandoned is %s', (owner, ageMs, expected) => {
  const { directory } = spoolOf([{ run: 1, text: 'x\n', owner, ageMs }]);
  expect(isAbandoned(only(directory), ownOwner(), NOW_UNIX_MS)).toBe(expected);
});

test('of several that take a lease, one gets it', () => {
  const { directory, names } = spoolOf([{ run: 1, text: 'x\n' }]);
  const seen = only(directory);
  const leases = ['drain-a', 'drain-b', 'drain-c'].map((owner) => leaseFile(directory, seen, owner));
  expect(leases).toMatchObject([{ owner: 'drain-a' }, undefined, undefined]);
  expect(names()).toEqual([`${runIdOf(1)}.1.drain-a.0.jsonl`]);
});

test('a lease is worthless once the file moved on', () => {
  const { directory } = spoolOf([{ run: 1, text: 'x\ny\n' }]);
  const seen = only(directory);
  const moved = renameFile(directory, seen, { deliveredBytes: 2 });
  expect(leaseFile(directory, seen, 'drain')).toBeUndefined();
  expect(moved).toMatchObject({ deliveredBytes: 2, owner: 'free' });
});

test('a released file is free for the next, with what it holds', () => {
  const { directory, names } = spoolOf([{ run: 1, text: 'x\n', owner: 'drain', deliveredBytes: 2 }]);
  releaseFile(directory, only(directory));
  expect(names()).toEqual([`${runIdOf(1)}.1.free.2.jsonl`]);
  expect(readFileSync(only(directory).path, 'utf8')).toBe('x\n');
});
