/** ARCHITECTURE.md and the README against the packages that are there and against the arrows that `pnpm check` enforces. */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const ARCHITECTURE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const MANIFESTS = globSync('packages/*/package.json', { cwd: ROOT }).map((path) => ({
  name: basename(dirname(path)),
  manifest: JSON.parse(readFileSync(join(ROOT, path), 'utf8')),
}));
const NAMES = MANIFESTS.map(({ name }) => name).sort();

/** What each package may import, as its line in ARCHITECTURE.md says. */
function drawnArrows(): ReadonlyMap<string, readonly string[]> {
  const [, drawing = ''] = /## Packages\n\n```\n(.*?)```/s.exec(ARCHITECTURE) ?? [];
  const lines = [...drawing.matchAll(/^([a-z-]+) .*imports (.+)$/gm)];
  const drawn = lines.map(([, name = '', imports = '']) => [name, namesIn(imports)] as const);
  return new Map(drawn);
}

function namesIn(imports: string): readonly string[] {
  if (imports === 'nothing of ours') return [];
  const [, left] = /^all of the above but (.+)$/.exec(imports) ?? [];
  if (left === undefined) return imports.split(', ').sort();
  return NAMES.filter((name) => !['cli', 'testing', ...left.split(', ')].includes(name));
}

test('each package has its line, with what it may import', () => {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
  const enforced = Object.fromEntries(
    NAMES.map((name) => {
      const { to } = forbidden.find(({ name: rule }: { name: string }) =>
        rule.startsWith(`${name}-imports-only-`),
      );
      const [, allowed = ''] = /\((.*)\)/.exec(to.pathNot) ?? [];
      return [
        name,
        allowed
          .split('|')
          .filter((other) => other !== name)
          .sort(),
      ];
    }),
  );
  expect(Object.fromEntries(drawnArrows())).toEqual(enforced);
});

test('the README lists each package that is published', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| \[`@ephemetry\/([\w-]+)`\]\(packages\/\1\)/gm)].map(
    ([, name]) => name,
  );
  const published = MANIFESTS.filter(({ manifest }) => manifest.private !== true).map(({ name }) => name);
  expect(listed.sort()).toEqual(published.sort());
});

test('each path that is named or drawn is there', () => {
  const places = ['src', 'packages', 'scripts', 'test', 'e2e', 'docs', 'collector-config', 'examples'];
  const path = new RegExp(
    `(?<![\\w./-])(?:(?:${places.join('|')})/[\\w./-]*\\w|[\\w-]+\\.(?:ts|yaml|cfg))`,
    'g',
  );
  const named = new Set(ARCHITECTURE.match(path));
  const there = globSync('{packages,scripts,test,e2e,docs,collector-config,examples}/**', {
    cwd: ROOT,
    exclude: (name) => ['node_modules', 'dist'].includes(basename(name)),
  }).map((file) => `/${file}`);
  expect(named.size).toBeGreaterThan(60);
  expect([...named].filter((one) => !there.some((file) => file.endsWith(`/${one}`)))).toEqual([]);
});

// That the files of the table exist is seen to by docs-links.test.ts.
test('each promise is kept by a file, and shown by another', () => {
  const [, table = ''] = /## The README's promises by place\n\n(.*?)\n\n/s.exec(ARCHITECTURE) ?? [];
  const rows = table.split('\n').slice(2);
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const [, kept, shown] = row.split(' | ');
    expect(kept).toContain('](');
    expect(shown).toContain('](');
  }
});

test('the page of the end-to-end suite says of each file what it proves', () => {
  const page = readFileSync(join(ROOT, 'e2e/README.md'), 'utf8');
  const told = [...page.matchAll(/^\| `(\w+\/[\w*-]+)`/gm)].map(([, name = '']) => name);
  const files = globSync('e2e/*/*.e2e.ts', { cwd: ROOT }).map((path) =>
    path.slice('e2e/'.length, -'.e2e.ts'.length),
  );
  const isTold = (file: string): boolean => told.some((name) => matchesGlob(file, name));
  expect(files.filter((file) => !isTold(file))).toEqual([]);
  expect(told.filter((name) => !name.includes('*') && !files.includes(name))).toEqual([]);
});
