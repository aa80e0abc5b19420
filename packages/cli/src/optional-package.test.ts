import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { VERSION } from './generated/version.ts';
import { installLine, loadWithPackages, MissingPackage } from './optional-package.ts';

const GRAFANA = `@ephemetry/grafana@${VERSION}`;

function line(...path: readonly string[]): string {
  const args = ['boards', 'export', '--format', 'operator', '--folder', "it's ours"];
  return installLine('@ephemetry/grafana', join('/', ...path), args);
}

test.for([
  [
    'npx',
    '/home/u/.npm/_npx/0a1b/node_modules/@ephemetry/cli/dist',
    `npx -p @ephemetry/cli@${VERSION} -p ${GRAFANA} ephemetry boards export --format operator --folder 'it'\\''s ours'`,
  ],
  ['npm, globally', '/usr/lib/node_modules/@ephemetry/cli/dist', `npm install --global ${GRAFANA}`],
  [
    'pnpm, globally',
    '/home/u/.local/share/pnpm/global/5/node_modules/.pnpm/@ephemetry+cli@1/node_modules/@ephemetry/cli/dist',
    `pnpm add --global ${GRAFANA}`,
  ],
  [
    'pnpm, in a project',
    "/home/u/it's here/node_modules/.pnpm/@ephemetry+cli@1/node_modules/@ephemetry/cli/dist",
    `pnpm add --dir '/home/u/it'\\''s here' ${GRAFANA}`,
  ],
] as const)('the line to paste where the command was installed by %s', ([, directory, expected]) => {
  expect(line(directory)).toBe(expected);
});

test('the line to paste where a project has the command', ({ onTestFinished }) => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const here = join(path, 'node_modules', '@ephemetry', 'cli', 'dist');
  mkdirSync(here, { recursive: true });
  writeFileSync(join(path, 'package.json'), '{}');
  expect(installLine('@ephemetry/grafana', here, [])).toBe(`npm install --prefix ${path} ${GRAFANA}`);
});

test.for([
  [['merges', '--database', 'postgres://u:secret@h/d'], 'merges --help'],
  [['merges', 'history', 'x', '--database=host=h password=secret'], 'merges history x --help'],
] as const)('the line to paste repeats no password', ([args, expected]) => {
  const line = installLine('@ephemetry/merge-analyzer', '/h/_npx/0a/node_modules/@ephemetry/cli/dist', args);
  expect(line).toContain(`ephemetry ${expected}`);
  expect(line).not.toContain('secret');
});

test('what an installed package lacks itself is no missing package', async () => {
  const broken = Object.assign(new Error("Cannot find package 'pg'"), { code: 'ERR_MODULE_NOT_FOUND' });
  const load = (): Promise<never> => Promise.reject(broken);
  await expect(loadWithPackages(load)).rejects.toBe(broken);
  const missing = Object.assign(
    new Error("Cannot find package '@ephemetry/merge-analyzer' imported from x"),
    {
      code: 'ERR_MODULE_NOT_FOUND',
    },
  );
  await expect(loadWithPackages(() => Promise.reject(missing))).rejects.toThrow(MissingPackage);
});
