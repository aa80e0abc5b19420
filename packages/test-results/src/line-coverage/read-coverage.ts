/** Reads coverage files of every format that is known, and counts their lines. What percentages they claim is not used. */
import { StringDecoder } from 'node:string_decoder';
import { RefusedDocument } from '../reading/clean-markup.ts';
import { MalformedDocument, parseXml } from '../reading/parse-xml.ts';
import { CoveredLines } from './covered-lines.ts';
import { readCoverageJson } from './json-coverage.ts';
import { goReader, type LineReader, lcovReader } from './text-coverage.ts';
import { CoverageReader } from './xml-coverage.ts';

/** What became of one coverage file. It counts whole or not at all. */
export type ReadCoverage =
  | {
      readonly kind: 'read';
      readonly lines: CoveredLines;
      /** Folders that names of files start from, as the file tells them. */
      readonly sources: readonly string[];
    }
  | { readonly kind: 'empty' | 'malformed' | 'refused' | 'foreign'; readonly detail: string };

/** Longer lines would have to be held: nobody writes them. */
const LINE_LIMIT_CHARACTERS = 1024 * 1024;
/** JSON is read whole. */
const JSON_LIMIT_CHARACTERS = 256 * 1024 * 1024;

/**
 * Reads a file of Cobertura, LCOV, coverage.py (JSON), JaCoCo, Clover or Go.
 *
 * @param pieces its bytes, cut anywhere
 *
 * @example
 * ```ts
 * import { readCoverage } from '@ephemetry/test-results';
 *
 * const lcov = 'SF:a.js\nDA:1,1\nDA:2,0\nend_of_record\n';
 * const read = readCoverage([Buffer.from(lcov)]);
 * if (read.kind === 'read') console.log(read.lines.counts); // { covered: 1, total: 2 }
 * ```
 */
export function readCoverage(pieces: Iterable<Uint8Array>): ReadCoverage {
  const { head, all } = peeked(pieces);
  const lines = new CoveredLines();
  const sources: string[] = [];
  const failure = failureOf(() => readInto(lines, sources, head, all));
  if (failure !== undefined) return failure;
  return lines.counts.total === 0
    ? { kind: 'empty', detail: 'it holds no line' }
    : { kind: 'read', lines, sources };
}

type Failure = Exclude<ReadCoverage, { readonly kind: 'read' }>;

function failureOf(read: () => Failure | undefined): Failure | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedDocument) return { kind: 'malformed', detail: error.message };
    if (error instanceof RefusedDocument) return { kind: 'refused', detail: error.message };
    throw error;
  }
}

const FOREIGN: Failure = {
  kind: 'foreign',
  detail: 'allowed: Cobertura, LCOV, JSON of coverage.py, JaCoCo, Clover, profiles of Go',
};

function readInto(
  lines: CoveredLines,
  sources: string[],
  head: string,
  all: Iterable<Uint8Array>,
): Failure | undefined {
  if (head === '') return { kind: 'empty', detail: 'it holds no line' };
  if (head.startsWith('<') || head.startsWith('\0') || /^[^\x20-\x7e]/.test(head)) {
    const reader = new CoverageReader(lines);
    const parsed = parseXml(all, reader);
    sources.push(...reader.sources);
    if (parsed.kind === 'foreign') return FOREIGN;
    return parsed.kind === 'read' ? undefined : { kind: parsed.kind, detail: parsed.detail };
  }
  if (head.startsWith('{')) return readCoverageJson(textOf(all), lines) ? undefined : FOREIGN;
  const reader = head.startsWith('mode:') ? goReader(lines) : lcovReader(lines);
  if (!/^(mode: |TN:|SF:|#)/.test(head)) return FOREIGN;
  readLines(all, reader);
  return undefined;
}

/** The first characters, without a byte order mark and white space, and all pieces again. */
function peeked(pieces: Iterable<Uint8Array>): {
  readonly head: string;
  readonly all: Iterable<Uint8Array>;
} {
  const iterator = pieces[Symbol.iterator]();
  const first: Uint8Array[] = [];
  let head = '';
  let bytes = 0;
  while (head.length < HEAD_CHARACTERS && bytes < HEAD_LIMIT_BYTES) {
    const { value, done } = iterator.next();
    if (done === true) break;
    bytes += value.length;
    // The one who gives pieces may fill the same buffer again.
    first.push(Buffer.from(value));
    head = Buffer.concat(first)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart();
  }
  const all = (function* () {
    yield* first;
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
  })();
  return { head, all };
}

const HEAD_CHARACTERS = 16;
/** No coverage file begins with more white space. */
const HEAD_LIMIT_BYTES = 64 * 1024;

function textOf(pieces: Iterable<Uint8Array>): string {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for (const piece of pieces) {
    text += decoder.write(Buffer.from(piece));
    if (text.length > JSON_LIMIT_CHARACTERS) throw new RefusedDocument('its JSON is longer than 256 MiB');
  }
  return (text + decoder.end()).replace(/^\ufeff/, '');
}

function readLines(pieces: Iterable<Uint8Array>, reader: LineReader): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LIMIT_CHARACTERS) throw new RefusedDocument('a line of it is longer than 1 MiB');
    for (const line of lines) reader.line(line.replace(/^\ufeff/, '').trim());
  };
  for (const piece of pieces) take(decoder.write(Buffer.from(piece)));
  take(decoder.end());
  if (rest.trim() !== '') reader.line(rest.trim());
  reader.end(rest.trim() === '');
}
