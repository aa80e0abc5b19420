import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asNobody } from './fixtures/as-nobody.ts';
import { findSpoolDirectory, openSpoolDirectory } from './spool-directory.ts';

const uid = process.getuid?.() ?? 'user';

function scratch(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

test('creates every level for this user alone, and finds it again', () => {
  const path = join(scratch(), 'a', 'b', 'spool');
  expect(openSpoolDirectory([path])).toEqual({ kind: 'usable', path });
  for (const level of [path, join(path, '..')]) expect(statSync(level).mode & 0o777).toBe(0o700);
  expect(openSpoolDirectory([path])).toEqual({ kind: 'usable', path });
});

test('a umask that takes everything does not make a directory that is no use', () => {
  const path = join(scratch(), 'spool');
  const before = process.umask(0o777);
  try {
    expect(openSpoolDirectory([path]).kind).toBe('usable');
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('falls back to the next candidate, and names the first when none is usable', () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const usable = join(scratch(), 'spool');
  expect(openSpoolDirectory([file, usable])).toEqual({ kind: 'usable', path: usable });
  expect(openSpoolDirectory([file, join(file, 'below')])).toMatchObject({
    kind: 'unusable',
    failure: { kind: 'spool', path: file, detail: expect.stringContaining('not a directory') },
  });
});

describe('does not trust', () => {
  test('a symbolic link: somebody else may say where it leads', () => {
    const directory = scratch();
    mkdirSync(join(directory, 'target'), { mode: 0o700 });
    symlinkSync(join(directory, 'target'), join(directory, 'link'));
    expect(openSpoolDirectory([join(directory, 'link')])).toMatchObject({
      kind: 'unusable',
      failure: {
        detail: expect.stringMatching(
          /^it is a symbolic link; set EPHEMETRY_SPOOL_DIR to a directory that this user owns/,
        ),
      },
    });
  });

  test.each([0o770, 0o720, 0o777, 0o702])('a directory with mode %o: others may write to it', (mode) => {
    const path = join(scratch(), 'spool');
    mkdirSync(path);
    chmodSync(path, mode);
    expect(openSpoolDirectory([path])).toMatchObject({
      kind: 'unusable',
      failure: { detail: expect.stringContaining('other users can write to it') },
    });
  });

  test('a directory of another user', () => {
    const path = join(scratch(), 'spool');
    mkdirSync(path, { mode: 0o700 });
    // Only root can give a directory away; everybody else finds one of root's.
    if (uid === 0) chownSync(path, 12_345, 12_345);
    expect(openSpoolDirectory([uid === 0 ? path : '/'])).toMatchObject({
      kind: 'unusable',
      failure: { detail: expect.stringMatching(/^it belongs to user \d+, (not|who) /) },
    });
  });
});

test.each([0o700, 0o750, 0o755])(
  'a directory that others may only read is the user’s own choice: %o',
  (mode) => {
    const path = join(scratch(), 'spool');
    mkdirSync(path);
    chmodSync(path, mode);
    expect(openSpoolDirectory([path])).toEqual({ kind: 'usable', path });
  },
);

test('a reader finds what a run would use: the first that is usable, else the first that exists', () => {
  const open = scratch();
  chmodSync(open, 0o777);
  const usable = scratch();
  expect(findSpoolDirectory([open, usable])).toBe(usable);
  expect(findSpoolDirectory(['/nowhere/at/all', open])).toBe(open);
});

test.skipIf(uid === 'user')('a reader passes over what it may not look at', () => {
  const closed = scratch();
  const beside = scratch();
  chmodSync(closed, 0o000);
  chmodSync(beside, 0o755);
  const found = asNobody(() => findSpoolDirectory([join(closed, 'spool'), beside]));
  chmodSync(closed, 0o700);
  expect(found).toBe(beside);
});

test('a reader finds the first that exists and creates nothing', () => {
  const directory = scratch();
  const missing = join(directory, 'missing');
  expect(findSpoolDirectory([missing, directory])).toBe(directory);
  expect(findSpoolDirectory([missing])).toBeUndefined();
});
