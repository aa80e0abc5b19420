import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

test('makes a directory of the owner and removes it with all it holds', () => {
  const { path, remove } = temporaryDirectory();
  writeFileSync(`${path}/file`, 'x');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  remove();
  remove();
  expect(existsSync(path)).toBe(false);
});

test('removes it at the end of the block', () => {
  let path: string;
  {
    using directory = temporaryDirectory();
    path = directory.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});
