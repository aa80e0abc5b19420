import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { collectRun } from './read-run.ts';

const OPTIONS = { categoryOf: () => 0 };
const REPORT = '<testsuite><testcase name="a"/></testsuite>';

/** A folder with these files, all written at this second. */
function folderOf(files: Readonly<Record<string, string>>, second = 1): string {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), second, second);
  }
  return folder;
}

const digestOf = (path: string, now = 0) => collectRun([path], OPTIONS, () => now).digest;

describe('what names a run', () => {
  it('two runs that left no report are two runs', () => {
    const folder = folderOf({});
    expect(digestOf(folder, 1)).not.toBe(digestOf(folder, 2));
  });
  it.each([
    ['a report without a byte', { 'a.xml': '' }],
    ['a report that holds no test', { 'a.xml': '<testsuites tests="0"/>' }],
    ['a mark without its report', { 'a.xml.started': '' }],
  ])('of two runs that left %s, the time of the file tells which it is', (_what, files) => {
    const first = digestOf(folderOf(files, 1));
    expect(digestOf(folderOf(files, 2))).not.toBe(first);
    expect(digestOf(folderOf(files, 1), 9)).toBe(first);
  });
  it('reports that are read name their run, wherever and whenever their files were written', () => {
    const files = { 'a.xml': REPORT, 'b.xml': '' };
    expect(digestOf(folderOf(files, 2), 9)).toBe(digestOf(folderOf(files, 1)));
  });
});

describe('names that are kept of a run', () => {
  it('have a limit for all reports together; a report that is malformed takes none of it', () => {
    const failing = '<testcase name="a"><failure/></testcase>'.repeat(3000);
    const folder = folderOf({
      'a.xml': `<testsuite>${failing}`,
      ...Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`b${index}.xml`, `<testsuite>${failing}</testsuite>`]),
      ),
    });
    const kept = collectRun([folder], OPTIONS).reports.map(({ tally }) => tally?.names.size);
    expect(kept).toEqual([undefined, 2000, 2000, 2000, 2000, 2000, 0, 0, 0]);
  });
});
