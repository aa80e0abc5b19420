/** What every published package says of itself. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const MANIFESTS = globSync('packages/*/package.json', { cwd: ROOT })
  .map((path) => ({ folder: dirname(path), manifest: JSON.parse(readFileSync(join(ROOT, path), 'utf8')) }))
  .filter(({ manifest }) => manifest.private !== true);

test.each(MANIFESTS)('$folder says where it is from, and under which licence', ({ folder, manifest }) => {
  const repository = 'https://github.com/ephemetry/ephemetry';
  expect(manifest).toMatchObject({
    license: 'Apache-2.0',
    homepage: `${repository}/tree/main/${folder}`,
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
    bugs: `${repository}/issues`,
  });
  expect(existsSync(join(ROOT, folder, 'README.md'))).toBe(true);
});

test('all published packages share one version and are released together, and no others', () => {
  const settings = readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8');
  const [, fixed = ''] = /\n {2}fixed:([\s\S]*?)\n {2}ignore:/.exec(settings) ?? [];
  const names = [...fixed.matchAll(/"(@ephemetry\/[\w-]+)"/g)].map(([, name]) => name);
  expect(names.sort()).toEqual(MANIFESTS.map(({ manifest }) => manifest.name).sort());
  expect(new Set(MANIFESTS.map(({ manifest }) => manifest.version)).size).toBe(1);
});
