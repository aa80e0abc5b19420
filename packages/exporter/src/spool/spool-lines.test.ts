import { appendFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { COUNT_LIMIT_BYTES, countSpoolLines, LINE_LIMIT_BYTES, readSpoolLine } from './spool-lines.ts';

function writeSpool(text: string | Buffer): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const file = join(path, 'spool.jsonl');
  writeFileSync(file, text);
  return file;
}

/** All lines, one after the other, as a delivery reads them. */
function readAll(path: string, offsetBytes = 0): string[] {
  const lines: string[] = [];
  for (
    let line = readSpoolLine(path, offsetBytes);
    line !== undefined;
    line = readSpoolLine(path, line.endBytes)
  )
    lines.push(Buffer.from(line.body).toString('utf8'));
  return lines;
}

test.each<[string, string[], boolean]>([
  ['', [], false],
  ['\n\n\n', [], false],
  ['one\n', ['one'], false],
  ['one\ntwo\n', ['one', 'two'], false],
  ['\none\n\n\ntwo\n\n', ['one', 'two'], false],
  ['one\ntorn', ['one'], true],
  ['torn', [], true],
  ['one\n\n{"to', ['one'], true],
  ['ünï\ncödé\n', ['ünï', 'cödé'], false],
])('%j holds %j, torn: %s', (text, lines, isTorn) => {
  const path = writeSpool(text);
  expect(readAll(path)).toEqual(lines);
  expect(countSpoolLines(path, 0)).toEqual({ batches: lines.length, isTorn, isComplete: true });
});

test('a line says where the next one begins, in bytes', () => {
  const path = writeSpool('\nünï\ntwo\n');
  const line = readSpoolLine(path, 0);
  expect(line?.endBytes).toBe(7);
  expect(readAll(path, 7)).toEqual(['two']);
  expect(countSpoolLines(path, 7)).toEqual({ batches: 1, isTorn: false, isComplete: true });
  expect(readSpoolLine(path, 11)).toBeUndefined();
  expect(readSpoolLine(path, 99)).toBeUndefined();
  expect(countSpoolLines(path, 99)).toEqual({ batches: 0, isTorn: false, isComplete: true });
});

test.each([65_534, 65_535, 65_536, 65_537, 131_071, 131_072])(
  'a newline at byte %d, around the border of a chunk',
  (length) => {
    const path = writeSpool(`${'x'.repeat(length)}\nnext\n`);
    expect(readAll(path).map((line) => line.length)).toEqual([length, 4]);
    expect(countSpoolLines(path, 0)).toEqual({ batches: 2, isTorn: false, isComplete: true });
  },
);

test('a line of 5 MiB is one batch, byte for byte', () => {
  const long = Buffer.alloc(5 * 1024 * 1024, 'abcdefg');
  const path = writeSpool(Buffer.concat([long, Buffer.from('\nshort\n')]));
  const line = readSpoolLine(path, 0);
  expect(line?.body.length).toBe(long.length);
  expect(long.equals(line?.body ?? Buffer.alloc(0))).toBe(true);
  expect(countSpoolLines(path, 0)).toEqual({ batches: 2, isTorn: false, isComplete: true });
});

test('reading and counting agree with a plain split, whatever is in the file', () => {
  const piece = fc.constantFrom('\n', '\n\n', 'a', 'bc', 'x'.repeat(65_535), 'y'.repeat(65_536));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      using directory = temporaryDirectory();
      const path = join(directory.path, 'spool.jsonl');
      const text = pieces.join('');
      writeFileSync(path, text);
      const lines = text.split('\n');
      const tail = lines.pop();
      const whole = lines.filter((line) => line !== '');
      expect(readAll(path)).toEqual(whole);
      expect(countSpoolLines(path, 0)).toEqual({
        batches: whole.length,
        isTorn: tail !== '',
        isComplete: true,
      });
    }),
    { numRuns: 60 },
  );
});

test('a sparse file that says it has terabytes is counted as far as a part may go', () => {
  const path = writeSpool('one\ntwo\n');
  truncateSync(path, 2 ** 42);
  expect(countSpoolLines(path, 0)).toEqual({ batches: 2, isTorn: false, isComplete: false });
  expect(countSpoolLines(path, 2 ** 42 - 1)).toMatchObject({ batches: 0, isComplete: true });
  truncateSync(path, COUNT_LIMIT_BYTES);
  expect(countSpoolLines(path, 0)).toMatchObject({ batches: 2, isComplete: false });
});

test('a line that no version has written is passed over without being held in memory', () => {
  const path = writeSpool('one\n');
  truncateSync(path, LINE_LIMIT_BYTES + 10_000);
  appendFileSync(path, '\nnext\n');
  const overlong = readSpoolLine(path, 4);
  expect(overlong).toEqual({ body: Buffer.alloc(0), endBytes: LINE_LIMIT_BYTES + 10_001 });
  expect(readAll(path, overlong?.endBytes)).toEqual(['next']);
});

test('does not follow a symbolic link', () => {
  const path = writeSpool('one\n');
  symlinkSync(path, `${path}.link`);
  expect(() => readSpoolLine(`${path}.link`, 0)).toThrow('ELOOP');
});
