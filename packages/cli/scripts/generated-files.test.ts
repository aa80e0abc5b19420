import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from './generated-files.ts';

const ROOT = join(import.meta.dirname, '../../..');

test.each(await generatedFiles())('$path is what the verbs say', ({ path, text }) => {
  expect(readFileSync(join(ROOT, path), 'utf8') === text, `${path} is stale. Run: pnpm generate`).toBe(true);
});
