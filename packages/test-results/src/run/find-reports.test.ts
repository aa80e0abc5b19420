import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findReports } from './find-reports.ts';

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
