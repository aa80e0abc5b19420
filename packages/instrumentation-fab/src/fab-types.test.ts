import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const COMPILER = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

it("fab's own types fit every call without a cast, and misuse does not compile", () => {
  const { stdout, status } = spawnSync(process.execPath, [COMPILER, '-p', 'tsconfig.test.json'], {
    cwd: PACKAGE,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
}, 30_000);
