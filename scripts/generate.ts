/** Writes every generated file, and removes what nothing generates any more: `pnpm generate`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles, leftovers, ROOT } from './generated-files.ts';

const files = await generatedFiles();
for (const { path, text } of files) {
  const target = join(ROOT, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
for (const path of leftovers(files)) rmSync(join(ROOT, path));
