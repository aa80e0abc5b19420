import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { asNobody } from './fixtures/as-nobody.ts';
import { HeldDirectory } from './held-directory.ts';

function hold(): { held: HeldDirectory; path: string; elsewhere: string } {
  const { path: parent, remove } = temporaryDirectory();
  onTestFinished(remove);
  const path = join(parent, 'spool');
  mkdirSync(path);
  const held = new HeldDirectory(path);
  onTestFinished(() => held.release());
  return { held, path, elsewhere: join(parent, 'elsewhere') };
}

test('a directory that is where it was has no fault, whatever is written to it', () => {
  const { held, path } = hold();
  writeFileSync(join(path, 'file'), '');
  expect(held.fault()).toBeUndefined();
});

test('one that is removed, moved or replaced has, until it is back', () => {
  const { held, path, elsewhere } = hold();
  renameSync(path, elsewhere);
  expect(held.fault()).toBe('it was removed or moved while the program ran');
  symlinkSync(elsewhere, path);
  expect(held.fault()).toContain('replaced');
  rmSync(path);
  renameSync(elsewhere, path);
  expect(held.fault()).toBeUndefined();
});

test('a program that may not look at it any more claims nothing of it', () => {
  const { held, path } = hold();
  chmodSync(dirname(path), 0);
  onTestFinished(() => chmodSync(dirname(path), 0o700));
  expect(asNobody(() => held.fault())).toBeUndefined();
});

test('one that is made anew a hundred times is never taken for the old one, though numbers come again', () => {
  const { held, path } = hold();
  for (let i = 0; i < 100; i += 1) {
    rmSync(path, { recursive: true });
    mkdirSync(path);
    expect(held.fault()).toContain('replaced');
  }
});

test('what was seen last holds after it is released', () => {
  const { held, path } = hold();
  rmSync(path, { recursive: true });
  held.release();
  mkdirSync(path);
  expect(held.fault()).toBe('it was removed or moved while the program ran');
});

test('of a directory that cannot be held nothing is claimed', () => {
  expect(new HeldDirectory('/nowhere/at all').fault()).toBeUndefined();
});
