/**
 * Gives every package that can be required what a program that compiles to CommonJS needs: `dist/index.cjs`, which requires
 * the one ES module, so that no second copy comes into the process, and the declarations once more as `.d.cts`, because
 * TypeScript takes those of an ES module for something that cannot be required.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const ENTRY = `'use strict';
module.exports = require('./index.js');
`;

for (const manifest of globSync('packages/*/package.json')) {
  const { main } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (main === './dist/index.cjs') writeEntry(`${dirname(manifest)}/dist`);
}

function writeEntry(dist: string): void {
  for (const stale of globSync(`${dist}/**/*.d.cts`)) rmSync(stale);
  for (const path of globSync(`${dist}/**/*.d.ts`)) {
    const declarations = readFileSync(path, 'utf8');
    const importing = declarations.replaceAll(/(['"])(\.{1,2}\/[^'"]*)\.ts\1/g, '$1$2.cts$1');
    writeFileSync(path.replace(/\.d\.ts$/, '.d.cts'), importing);
  }
  writeFileSync(`${dist}/index.cjs`, ENTRY);
}
