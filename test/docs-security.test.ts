/** docs/security.md names the test that holds each row: each test file is there, and each test that is named is in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const PAGE = readFileSync(`${ROOT}docs/security.md`, 'utf8');

/** What a cell of the page names: a file, or a test in the file that was named last. */
interface Named {
  readonly file: string;
  readonly test?: string;
}

const rows = PAGE.split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[\s-|]+\|$/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => cells[1] !== 'what is defended')
  .map((cells) => ({ what: cells[1] ?? '', test: cells[4] ?? '' }));

let lastFolder = '';
let lastFile = '';

/** "the same" stands for the file of the row above; a bare name for a file beside the one named before. */
function namedIn(cell: string): Named[] {
  const pieces = cell.matchAll(/`([\w@./-]+\.ts)`|"([^"]+)"|: ([^"`(;,]+)/g);
  return [...pieces].map(([, path, quoted, plain]) => {
    if (path !== undefined) {
      lastFile = path.includes('/') ? path : `${lastFolder}${path}`;
      lastFolder = lastFile.slice(0, lastFile.lastIndexOf('/') + 1);
    }
    const title = quoted ?? plain?.trim();
    return { file: lastFile, ...(title === undefined || title === '' ? {} : { test: title }) };
  });
}

const named = rows.flatMap(({ what, test: cell }) => namedIn(cell).map((one) => ({ what, ...one })));

test('every row names a test', () => {
  expect(rows.length).toBeGreaterThan(60);
  const without = rows.filter(({ test: cell }) => !/`|the same|"|pnpm/.test(cell));
  expect(without).toEqual([]);
});

describe('what docs/security.md names is there', () => {
  test.each(named)('$what: $file $test', ({ file, test: title }) => {
    const source = readFileSync(`${ROOT}${file}`, 'utf8');
    // A title that is made in a loop is named by its parts.
    for (const part of title?.split('…') ?? []) expect(withoutEscapes(source)).toContain(part.trim());
  });
});

function withoutEscapes(source: string): string {
  return source.replaceAll("\\'", "'");
}
