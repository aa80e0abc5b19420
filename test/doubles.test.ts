/**
 * What two packages need moves into a package below both, or it is here. The exporter imports nothing of ours, as a program
 * that dies loads every byte of it; and a package is a thing that a user would name, which a path that can be trusted is not.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const DOUBLES = [
  ['packages/exporter/src/spool/trusted-path.ts', 'packages/store/src/sqlite/trusted-path.ts'],
  ['packages/exporter/src/spool/lstat-if-allowed.ts', 'packages/store/src/sqlite/lstat-if-allowed.ts'],
  ['packages/exporter/src/delivery/resolve/hosts-file.ts', 'packages/health/src/name/hosts-file.ts'],
  [
    'packages/exporter/src/delivery/resolve/resolver-configuration.ts',
    'packages/health/src/name/resolver-configuration.ts',
  ],
] as const;

test.each(DOUBLES)('%s and %s are the same code: what is mended in one is mended in both', (one, other) => {
  expect(codeOf(other)).toBe(codeOf(one));
});

/** Each says in its own words why it is there. */
function codeOf(path: string): string {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return text.replaceAll(/\/\*\*.*?\*\/|^\s*\/\/.*$/gms, '').replaceAll(/\n\s*\n/g, '\n');
}
