/**
 * The notes of changes that a release reads. Each begins with the packages that it is about: a formatter of Markdown takes
 * those lines for a heading, and the release stops there.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './documentation.ts';

const FRONT_MATTER = /^---\n(?<head>\S.*?\n)---\n\n(?<text>\S.*)$/s;
const BUMPS = ['none', 'patch', 'minor', 'major'];
const CHANGESETS = globSync('.changeset/*.md', { cwd: ROOT }).map((path) => ({ path }));
const PUBLISHED = globSync('packages/*/package.json', { cwd: ROOT })
  .map((path): { name: string; private?: boolean } => JSON.parse(readFileSync(join(ROOT, path), 'utf8')))
  .filter((manifest) => manifest.private !== true)
  .map(({ name }) => name);

test.each(CHANGESETS)('$path names published packages and how large their change is', ({ path }) => {
  const { head } = FRONT_MATTER.exec(readFileSync(join(ROOT, path), 'utf8'))?.groups ?? {};
  expect(
    head,
    `${path} must begin with packages between two lines ---; write it by pnpm change`,
  ).toBeDefined();
  const changes = Object.entries(parse(head ?? '') as Record<string, string>);
  expect(changes).not.toEqual([]);
  for (const [name, bump] of changes) {
    expect(PUBLISHED, path).toContain(name);
    expect(BUMPS, `${path}: ${name}`).toContain(bump);
  }
});

/** With the tester's own pnpm, as a release does. */
test('a release reads every note', async () => {
  const { stdout } = await promisify(execFile)(
    'npx',
    ['-y', '--prefer-offline', 'pnpm@12', 'change', 'check'],
    {
      cwd: ROOT,
    },
  );
  if (CHANGESETS.length > 0) expect(stdout).toContain(`Checked ${CHANGESETS.length} pending change intents`);
});

test.each(globSync('**/SKILL.md', { cwd: ROOT, exclude: ['**/node_modules', '**/dist'] }))(
  'the front matter of %s is as a formatter has not touched it',
  (path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    expect(parse(FRONT_MATTER.exec(text)?.groups?.['head'] ?? '')).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
    });
  },
);
