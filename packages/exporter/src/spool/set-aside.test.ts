import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { asNobody } from './fixtures/as-nobody.ts';
import { NOW_UNIX_MS, spoolOf } from './fixtures/spool-of.ts';
import { setAsideLine } from './set-aside.ts';
import { listSpoolFiles, markSent, renameFile, type SpoolFile } from './spool-files.ts';
import { readSpoolLine, type SpoolLine } from './spool-lines.ts';

function marked(text: string): { directory: string; file: SpoolFile; line: SpoolLine } {
  const { directory } = spoolOf([{ run: 1, text, owner: 'drain' }]);
  const [file] = listSpoolFiles(directory);
  const line = file && readSpoolLine(file.path, 0);
  const sent = file && markSent(directory, file, NOW_UNIX_MS);
  if (sent === undefined || line === undefined) throw new Error('one line was expected');
  return { directory, file: sent, line };
}

/** The text of each file with what its name says. */
function contents(directory: string): unknown[] {
  return listSpoolFiles(directory)
    .sort((a, b) => a.part - b.part)
    .map(({ path, owner, deliveredBytes, sentUnixSeconds, modifiedUnixMs }) => ({
      text: readFileSync(path, 'utf8'),
      owner,
      deliveredBytes,
      sentUnixSeconds,
      modifiedUnixMs,
    }));
}

const MARK = { sentUnixSeconds: NOW_UNIX_MS / 1000, modifiedUnixMs: NOW_UNIX_MS - 60_000 };
const NO_MARK = { sentUnixSeconds: undefined, modifiedUnixMs: NOW_UNIX_MS - 60_000 };

test('a mark names the first time, and goes when the offset moves on', () => {
  const { directory, file } = marked('one\ntwo\n');
  expect(markSent(directory, file, NOW_UNIX_MS + 9000)).toEqual(file);
  expect(renameFile(directory, file, { owner: 'free' })).toMatchObject({
    sentUnixSeconds: MARK.sentUnixSeconds,
  });
  const [freed] = listSpoolFiles(directory);
  expect(freed).toMatchObject({ owner: 'free', sentUnixSeconds: MARK.sentUnixSeconds });
  expect(freed && renameFile(directory, freed, { deliveredBytes: 4 })).not.toHaveProperty('sentUnixSeconds');
  expect(markSent(directory, file, NOW_UNIX_MS)).toBe(file);
  const { sentUnixSeconds: _, ...gone } = file;
  expect(markSent(directory, gone, NOW_UNIX_MS)).toBeUndefined();
});

test('a line in doubt moves to a part of its own with its mark and its age, and the rest can go', () => {
  const { directory, file, line } = marked('one\ntwo\n');
  const aside = setAsideLine(directory, file, line);
  expect(aside).toMatchObject({ kind: 'set-aside', file: { owner: 'drain', deliveredBytes: 4 } });
  expect(contents(directory)).toEqual([
    { text: 'one\ntwo\n', owner: 'drain', deliveredBytes: 4, ...NO_MARK },
    { text: 'one\n', owner: 'free', deliveredBytes: 0, ...MARK },
  ]);
});

test('a process that died between the two steps leaves no second copy to the next', () => {
  const { directory, file, line } = marked('one\ntwo\n');
  setAsideLine(directory, file, line);
  const [, copy] = contents(directory);
  // As it was before the offset moved.
  const [moved] = listSpoolFiles(directory).filter(({ part }) => part === 1);
  renameSync(moved?.path ?? '', file.path);
  expect(setAsideLine(directory, file, line)).toMatchObject({ kind: 'set-aside' });
  expect(contents(directory)).toEqual([expect.anything(), copy]);
});

test('the number of a part that holds something else is left to it', () => {
  const { directory, file, line } = marked('one\n');
  setAsideLine(directory, file, line);
  const [first, aside] = listSpoolFiles(directory).sort((a, b) => a.part - b.part);
  writeFileSync(aside?.path ?? '', 'two\n');
  renameSync(first?.path ?? '', file.path);
  setAsideLine(directory, file, line);
  expect(contents(directory)).toMatchObject([{ deliveredBytes: 4 }, { text: 'two\n' }, { text: 'one\n' }]);
});

test('a file that another process has taken meanwhile is left to it, without a second copy', () => {
  const { directory, file, line } = marked('one\ntwo\n');
  renameFile(directory, file, { owner: 'another' });
  expect(setAsideLine(directory, file, line)).toEqual({ kind: 'gone' });
  expect(contents(directory)).toMatchObject([{ owner: 'another', deliveredBytes: 0 }]);
});

test.skipIf(process.getuid?.() === undefined)('a disk that takes nothing more leaves it where it is', () => {
  const { directory, file, line } = marked('one\ntwo\n');
  chmodSync(directory, 0o555);
  const aside = asNobody(() => setAsideLine(directory, file, line));
  chmodSync(directory, 0o700);
  expect(aside).toMatchObject({ kind: 'refused', failure: { kind: 'spool', path: file.path } });
  expect(contents(directory)).toMatchObject([{ deliveredBytes: 0, ...MARK }]);
});
