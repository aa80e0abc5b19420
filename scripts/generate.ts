/** Writes every generated file, and removes what nothing generates any more: `pnpm generate`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

buildWhatVerbsImport();
const { generatedFiles, leftovers, ROOT } = await import('./generated-files.ts');
const files = await generatedFiles();
for (const { path, text } of files) {
  const target = join(ROOT, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
for (const path of leftovers(files)) rmSync(join(ROOT, path));

/** All that the command is made of, but not the command: it may not compile before its list of verbs is written. */
function buildWhatVerbsImport(): void {
  const packages = join(import.meta.dirname, '..', 'packages');
  const cli = join(packages, 'cli');
  const { references }: { readonly references: readonly { readonly path: string }[] } = JSON.parse(
    readFileSync(join(cli, 'tsconfig.json'), 'utf8'),
  );
  const projects = references.map(({ path }) => join(cli, path));
  execFileSync('tsc', ['-b', ...projects], { stdio: 'inherit' });
  for (const name of ['exporter', 'instrumentation-fab'])
    execFileSync(process.execPath, ['scripts/bundle.ts'], { cwd: join(packages, name), stdio: 'inherit' });
}
