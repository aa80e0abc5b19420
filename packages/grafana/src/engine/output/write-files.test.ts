import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeFiles } from './write-files.ts';

test('writes every file, makes directories, and says what it wrote', () => {
  const directory = temporary();
  const written = writeFiles(join(directory, 'new', 'out'), [
    { path: 'a.yaml', content: 'a' },
    { path: 'sub/b.yaml', content: 'b' },
  ]);
  expect(written).toEqual([join(directory, 'new/out/a.yaml'), join(directory, 'new/out/sub/b.yaml')]);
  expect(contents(directory)).toEqual({ 'new/out/a.yaml': 'a', 'new/out/sub/b.yaml': 'b' });
});

test('replaces what was there and leaves nothing else', () => {
  const directory = temporary({ 'a.yaml': 'old', 'other.yaml': 'other' });
  writeFiles(directory, [{ path: 'a.yaml', content: 'new' }]);
  expect(contents(directory)).toEqual({ 'a.yaml': 'new', 'other.yaml': 'other' });
});

test('a directory in the way of one file leaves all of them as they were', () => {
  const directory = temporary({ 'a.yaml': 'old' });
  mkdirSync(join(directory, 'b.yaml'));
  expect(() =>
    writeFiles(directory, [
      { path: 'a.yaml', content: 'new' },
      { path: 'b.yaml', content: 'new' },
      { path: 'c/c.yaml', content: 'new' },
    ]),
  ).toThrow(/b\.yaml/);
  expect(contents(directory)).toEqual({ 'a.yaml': 'old' });
  expect(readdirSync(directory).sort()).toEqual(['a.yaml', 'b.yaml']);
});

test('a file in the way of a directory leaves all of them as they were', () => {
  const directory = temporary({ 'a.yaml': 'old', dashboards: 'a file' });
  expect(() =>
    writeFiles(directory, [
      { path: 'a.yaml', content: 'new' },
      { path: 'fresh/b.yaml', content: 'new' },
      { path: 'dashboards/c.json', content: 'new' },
    ]),
  ).toThrow(/dashboards/);
  expect(contents(directory)).toEqual({ 'a.yaml': 'old', dashboards: 'a file' });
  expect(readdirSync(directory).sort()).toEqual(['a.yaml', 'dashboards']);
});

test('a rename that fails in the middle takes the ones before it back', () => {
  const directory = temporary({ 'a.yaml': 'old' });
  // The second file of the same name finds its new content gone: the one way to a late failure that needs no other user.
  expect(() =>
    writeFiles(directory, [
      { path: 'a.yaml', content: 'new' },
      { path: 'new/b.yaml', content: 'new' },
      { path: 'new/b.yaml', content: 'again' },
    ]),
  ).toThrow(/ENOENT/);
  expect(contents(directory)).toEqual({ 'a.yaml': 'old' });
  expect(readdirSync(directory)).toEqual(['a.yaml']);
});

function temporary(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'write-files-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  return directory;
}

/** Every file below a directory with its text. */
function contents(directory: string): Readonly<Record<string, string>> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}
