import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { boardDigests, DRAWN_DIGESTS_PATH } from './board-digests.ts';
import { generatedFiles } from './generated-files.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');

test.each(generatedFiles())('$path is what the definitions say', ({ path, text }) => {
  // Not toBe: the difference of a whole board would bury the one thing to do about it.
  expect(readOrEmpty(join(repositoryRoot, path)) === text, `${path} is stale. Run: pnpm grafana:build`).toBe(
    true,
  );
});

test('the same definitions give the same bytes', () => {
  expect(generatedFiles()).toEqual(generatedFiles());
});

test('nothing else lies beside the generated files: what no definition makes any more is deleted', () => {
  const expected = generatedFiles().map(({ path }) => path);
  const folders = new Set(['packages/grafana/generated', ...expected.map((path) => dirname(path))]);
  const generatedOnly = [...folders].filter((folder) => !folder.startsWith('docs'));
  const found = generatedOnly.flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '.gitkeep')
      .map(({ name }) => `${folder}/${name}`),
  );
  expect(found.filter((path) => !expected.includes(path))).toEqual([]);
});

test('the pictures are of the boards as they are', () => {
  const drawn = JSON.parse(readOrEmpty(join(repositoryRoot, DRAWN_DIGESTS_PATH)) || '{}');
  expect(drawn, 'the pictures are stale. Run: pnpm boards:draw').toEqual(boardDigests());
});

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
