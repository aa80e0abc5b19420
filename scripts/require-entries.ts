/**
 * Gives every package that can be required what a program that compiles to CommonJS needs: `dist/index.cjs`, which requires
 * the one ES module (and the same for its other entries), so that no second copy comes into the process, and the declarations once more as `.d.cts`, because
 * TypeScript takes those of an ES module for something that cannot be required.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

for (const manifest of globSync('packages/*/package.json')) {
  const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  const required = Object.values<{ require?: { default: string } }>(exports).flatMap(
    (entry) => entry.require?.default ?? [],
  );
  if (required.length > 0) writeDeclarations(`${dirname(manifest)}/dist`);
  for (const path of required) {
    const module = basename(path, '.cjs');
    writeFileSync(
      join(dirname(manifest), path),
      `'use strict';\nmodule.exports = require('./${module}.js');\n`,
    );
  }
}

function writeDeclarations(dist: string): void {
  for (const stale of globSync(`${dist}/**/*.d.cts`)) rmSync(stale);
  for (const path of globSync(`${dist}/**/*.d.ts`)) {
    const declarations = readFileSync(path, 'utf8');
    const importing = declarations.replaceAll(/(['"])(\.{1,2}\/[^'"]*)\.ts\1/g, '$1$2.cts$1');
    writeFileSync(path.replace(/\.d\.ts$/, '.d.cts'), importing);
  }
}
