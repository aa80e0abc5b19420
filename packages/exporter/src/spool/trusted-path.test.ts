import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asNobody } from './fixtures/as-nobody.ts';
import { openSpoolDirectory } from './spool-directory.ts';
import { isShared, openTrustedPath } from './trusted-path.ts';

const NOBODY = 65_534;
const STRANGER = 2002;
const isRoot = process.getuid?.() === 0;

/** A directory that everybody may search, in the sticky one of the system. */
function scratch(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  chmodSync(path, 0o755);
  return path;
}

function make(path: string, mode: number, owner = 0): string {
  mkdirSync(path);
  chmodSync(path, mode);
  if (isRoot) chownSync(path, owner, owner);
  return path;
}

test('missing levels are made for this user alone, and links of ours lead on', () => {
  const top = scratch();
  mkdirSync(join(top, 'real'), { mode: 0o755 });
  symlinkSync('real', join(top, 'link'));
  symlinkSync(join(top, 'link', '..', 'link'), join(top, 'again'));
  const path = join(top, 'again', 'a', 'b');
  expect(openTrustedPath(path)).toEqual({ kind: 'trusted', path: join(top, 'real', 'a', 'b') });
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

test('links in a circle end somewhere', () => {
  const top = scratch();
  symlinkSync('b', join(top, 'a'));
  symlinkSync('a', join(top, 'b'));
  expect(openTrustedPath(join(top, 'a', 'spool'))).toMatchObject({
    kind: 'untrusted',
    detail: 'has links that lead in a circle',
  });
});

test('a file in the way is named, and nothing is made', () => {
  const top = scratch();
  writeFileSync(join(top, 'file'), '');
  const opened = openTrustedPath(join(top, 'file', 'spool'));
  expect(opened).toEqual({ kind: 'untrusted', level: join(top, 'file'), detail: 'is not a directory' });
});

test.each([
  [0o755, 1000, 1000, false],
  [0o757, 1000, 1000, true],
  // The group of the same number is the user's own; root's group may do what root may.
  [0o775, 1000, 1000, false],
  [0o775, 1000, 0, false],
  [0o775, 1000, 100, true],
  [0o777, 0, 0, true],
])('mode %o of user %d and group %d: shared is %s', (mode, uid, gid, expected) => {
  expect(isShared({ mode, uid, gid })).toBe(expected);
});

describe.skipIf(!isRoot)('a spool that a stranger could exchange is refused, and the level is named', () => {
  /** As a user who is neither root nor the stranger. */
  const open = (path: string): unknown => asNobody(() => openSpoolDirectory([path]));

  test.each<[string, (top: string) => string]>([
    ['a directory of theirs, made first', (top) => make(join(top, 'theirs'), 0o777, STRANGER)],
    [
      'a directory of theirs that only they may write to',
      (top) => make(join(top, 'theirs'), 0o755, STRANGER),
    ],
    [
      'a link of theirs to a directory of ours',
      (top) => {
        make(join(top, 'ours'), 0o700, NOBODY);
        symlinkSync('ours', join(top, 'link'));
        lchownSync(join(top, 'link'), STRANGER, STRANGER);
        return join(top, 'link');
      },
    ],
    ['a directory of ours that all may write to', (top) => make(join(top, 'ours'), 0o777, NOBODY)],
  ])('%s', (_, plant) => {
    const level = plant(scratch());
    const spool = join(level, 'spool');
    const before = lstatSync(level).mtimeMs;
    expect(open(spool)).toMatchObject({
      kind: 'unusable',
      failure: { path: spool, detail: expect.stringContaining(`${level} `) },
    });
    expect(open(spool)).toMatchObject({
      failure: { detail: expect.stringMatching(/could replace .*EPHEMETRY_SPOOL_DIR/) },
    });
    expect(lstatSync(level).mtimeMs).toBe(before);
  });

  test.each([
    ['sticky, as the temporary directory', 0o1777, 0],
    ['sticky and ours', 0o1777, NOBODY],
    ['a volume that root opened to all', 0o777, 0],
    ['a volume of a group', 0o2777, 0],
    ['ours alone', 0o755, NOBODY],
  ])('but one below a directory that is %s is made', (_, mode, owner) => {
    const path = join(make(join(scratch(), 'shared'), mode, owner), 'mine', 'spool');
    expect(open(path)).toEqual({ kind: 'usable', path });
  });

  test('a directory that all may write to is no spool itself; the advice works', () => {
    const work = make(join(scratch(), 'work'), 0o777);
    const refused = asNobody(() => openSpoolDirectory([work]));
    if (refused.kind === 'usable') throw new Error('it was accepted');
    const detail = refused.failure.kind === 'spool' ? refused.failure.detail : '';
    const [, advised = ''] = /such as (\S+), which/.exec(detail) ?? [];
    expect(dirname(advised)).toBe(work);
    expect(open(advised)).toEqual({ kind: 'usable', path: advised });
  });
});
