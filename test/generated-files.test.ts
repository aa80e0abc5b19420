import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GENERATED_FOLDERS, generatedFiles, leftovers, ROOT } from '../scripts/generated-files.ts';

const FILES = await generatedFiles();

test.each(FILES)('$path is what `pnpm generate` writes', ({ path, text }) => {
  const target = join(ROOT, path);
  const onDisk = existsSync(target) ? readFileSync(target, 'utf8') : '';
  // Not toBe: the difference of a line of 300 KB would bury the one thing to do about it.
  expect(onDisk === text, `${path} is stale. Run: pnpm generate`).toBe(true);
});

test.each(FILES)('$path lies in a folder that holds generated files alone', ({ path }) => {
  expect(GENERATED_FOLDERS.filter((folder) => path.startsWith(`${folder}/`))).toHaveLength(1);
});

test('folders of generated files hold nothing else', () => {
  expect(leftovers(FILES), 'Run: pnpm generate').toEqual([]);
});

test('the same declarations give the same bytes', async () => {
  expect(await generatedFiles()).toEqual(FILES);
});
