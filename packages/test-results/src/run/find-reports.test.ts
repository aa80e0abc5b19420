import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findReports } from './find-reports.ts';
import { collectRun } from './read-run.ts';

function folderOf(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of files) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}

function found(folder: string, ...paths: readonly string[]) {
  const { files, lost } = findReports(paths, folder);
  const here = (path: string) => relative(folder, path);
  return { files: files.map(here), lost: lost.map(here) };
}

describe('marks of reports that were begun', () => {
  const folder = () => folderOf('r/a.xml', 'r/b.xml.started', 'r/c.xml', 'r/c.xml.started', 'r/notes.txt');
  const expected = { files: ['r/a.xml', 'r/c.xml'], lost: ['r/b.xml'] };
  it.each([
    ['of a folder', ['r']],
    ['of a glob', ['r/*.xml']],
    [
      'that the shell names, as for reports/*.xml*',
      ['r/a.xml', 'r/b.xml.started', 'r/c.xml', 'r/c.xml.started'],
    ],
    ['beside files that the shell names, as for reports/*.xml', ['r/a.xml', 'r/c.xml']],
    ['beside one file, named twice', ['r/c.xml', 'r/a.xml', './r/a.xml']],
  ])('%s', (_what, paths) => expect(found(folder(), ...paths)).toEqual(expected));

  it('a mark alone is a lost report', () => {
    expect(found(folderOf('a.xml.started'), 'a.xml.started')).toEqual({ files: [], lost: ['a.xml'] });
  });
  it('a mark that is named is no report, also when its report is there', () => {
    expect(found(folderOf('a.xml', 'a.xml.started'), 'a.xml.started')).toEqual({ files: [], lost: [] });
  });
  it('beside a named file are no marks of reports that are there and not named, nor of folders below', () => {
    const others = folderOf('a.xml', 'b.xml', 'b.xml.started', 'below/c.xml.started');
    expect(found(others, 'a.xml')).toEqual({ files: ['a.xml'], lost: [] });
  });
});

it('a named file that is not there is lost', () => {
  expect(found(folderOf(), 'a.xml')).toEqual({ files: [], lost: ['a.xml'] });
});

/** Acts as a user without rights, for what root is never refused. */
function asNobody<Result>(act: () => Result): Result {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('what the system refuses', () => {
  const locked = (...files: readonly string[]): string => {
    const folder = folderOf(...files);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'locked'), 0o000);
    return folder;
  };
  const outcomes = (folder: string, path: string) =>
    asNobody(() => collectRun([join(folder, path)], { categoryOf: () => 0 })).reports.map(
      ({ path: each, detail }) => [relative(folder, each), detail],
    );

  it.skipIf(process.getuid === undefined)('a folder that cannot be listed stands for its reports', () => {
    const folder = locked('a.xml', 'locked/b.xml');
    const refused = ['locked', 'it cannot be read (EACCES)'];
    for (const path of ['', '**/*.xml', '*/b.xml']) expect(outcomes(folder, path)).toContainEqual(refused);
    for (const path of ['*.xml', 'o*/b.xml', 'x/**/*.xml', 'a.xml'])
      expect(outcomes(folder, path)).not.toContainEqual(refused);
  });
  it('a link to itself, a folder that is named like a report, a name that is too long', () => {
    const folder = folderOf('below/x.xml');
    symlinkSync('loop.xml', join(folder, 'loop.xml'));
    symlinkSync('below', join(folder, 'link.xml'));
    const long = `${'x'.repeat(300)}.xml`;
    const { reports } = collectRun([folder, join(folder, long)], { categoryOf: () => 0 });
    expect(reports.map(({ path, outcome, detail }) => [relative(folder, path), outcome, detail])).toEqual([
      ['below/x.xml', 'malformed', expect.any(String)],
      ['link.xml', 'malformed', 'it cannot be read (it is no file)'],
      ['loop.xml', 'malformed', 'it cannot be read (ELOOP)'],
      [long, 'malformed', 'it cannot be read (ENAMETOOLONG)'],
    ]);
  });
  it('a bug is no report that is malformed', () => {
    const folder = folderOf();
    writeFileSync(join(folder, 'a.xml'), '<testsuite><testcase name="a"/></testsuite>');
    const categoryOf = () => {
      throw new TypeError('a bug');
    };
    expect(() => collectRun([folder], { categoryOf })).toThrow('a bug');
  });
  it('a glob that matches nothing, whatever is there, is a report that is lost', () => {
    expect(found(folderOf('a.xml'), '[z-a]*.xml')).toEqual({ files: [], lost: ['[z-a]*.xml'] });
  });
});
