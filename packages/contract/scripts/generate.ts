/** Writes every file that follows from the contract into the repository: `pnpm generate`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');

for (const { path, text } of generatedFiles()) {
  const target = join(repositoryRoot, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
