import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boardDigests, DRAWN_DIGESTS_PATH } from './board-digests.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');

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
