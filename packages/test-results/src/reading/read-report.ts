/**
 * Reads one JUnit XML report, piece by piece: memory is bounded by one test, whatever the report's size and however long the
 * output is that it holds. Cases go to a tally, which counts only if the report was read to its end.
 */
import { SaxesParser } from 'saxes';
import { cutFree } from '../judging/kept-name.ts';
import { type JudgingOptions, ReportTally } from '../judging/report-tally.ts';
import type { ReportOutcome } from '../outcome.ts';
import { CaseReader } from './case-reader.ts';
import { MarkupCleaner, RefusedDocument } from './clean-markup.ts';
import { createDecoder, type Decoder, ENCODING_BYTES, encodingOf } from './decode-bytes.ts';
import { OpenMarkup } from './open-markup.ts';
import type { ReadReport } from './report-reading.ts';
import type { Runner } from './runner.ts';

/** How a report is read. */
export interface ReadOptions extends JudgingOptions {
  /** Who wrote it. @default found from the report */
  readonly runner?: Runner;
}

/** Longer tags would have to be held: no runner writes them. */
const TAG_LIMIT_CHARACTERS = 8 * 1024 * 1024;
/** A longer reference names nothing; the parser looks for its end all the same. */
const REFERENCE_LIMIT_CHARACTERS = 1024;
/** Deeper documents would have to be held too. */
const DEPTH_LIMIT = 100_000;

/**
 * Reads a report.
 *
 * @param pieces its bytes, cut anywhere
 *
 * @example
 * ```ts
 * import { readReport } from '@ephemetry/test-results';
 *
 * const xml = '<testsuite><testcase classname="app" name="starts" time="0.01"/></testsuite>';
 * console.log(readReport([Buffer.from(xml)], { categoryOf: () => 0 }).outcome); // read
 * ```
 */
export function readReport(pieces: Iterable<Uint8Array>, options: ReadOptions): ReadReport {
  const cleaner = new MarkupCleaner();
  const reader = new CaseReader((runner) => new ReportTally(options.runner ?? runner, options));
  try {
    parse(pieces, cleaner, reader);
  } catch (error) {
    if (error instanceof RefusedDocument) return failed('refused', error.message, cleaner);
    if (error instanceof ForeignDocument) return failed('foreign', error.message, cleaner);
    if (error instanceof MalformedDocument) return failed('malformed', error.message, cleaner);
    throw error;
  }
  return { ...reader.finish(), replacedCharacters: cleaner.replaced };
}

/** It is no XML, or breaks off. */
class MalformedDocument extends Error {
  override readonly name = 'MalformedDocument';
}

/** Its root is none of a test report. */
class ForeignDocument extends Error {
  override readonly name = 'ForeignDocument';
}

function failed(outcome: ReportOutcome, detail: string, { replaced }: MarkupCleaner): ReadReport {
  // A parser's message may quote megabytes of the report.
  return { outcome, detail: cutFree(detail), replacedCharacters: replaced };
}

function parse(pieces: Iterable<Uint8Array>, cleaner: MarkupCleaner, reader: CaseReader): void {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  let depth = 0;
  let tagCharacters = -1;
  const open = new OpenMarkup();
  parser.on('error', (error) => {
    throw new MalformedDocument(error.message);
  });
  parser.on('opentagstart', () => {
    tagCharacters = 0;
    if (++depth > DEPTH_LIMIT) throw new RefusedDocument(`it nests more than ${DEPTH_LIMIT} elements`);
  });
  parser.on('opentag', (tag) => {
    tagCharacters = -1;
    if (depth === 1 && !reader.isRoot(tag.name)) throw new ForeignDocument(`its root is ${tag.name}`);
    reader.open(tag.name, tag.attributes);
  });
  parser.on('closetag', () => {
    depth -= 1;
    reader.close();
  });
  const write = (text: string): void => {
    const cleaned = cleaner.write(text);
    parser.write(cleaned);
    open.write(cleaned);
    if (open.referenceCharacters > REFERENCE_LIMIT_CHARACTERS)
      throw new MalformedDocument(`a reference is longer than ${REFERENCE_LIMIT_CHARACTERS} characters`);
    if (open.nameCharacters > TAG_LIMIT_CHARACTERS) throw new RefusedDocument('a tag is longer than 8 MiB');
    if (tagCharacters < 0) return;
    tagCharacters += cleaned.length;
    if (tagCharacters > TAG_LIMIT_CHARACTERS) throw new RefusedDocument('a tag is longer than 8 MiB');
  };
  decode(pieces, write);
  parser.write(cleaner.end());
  parser.close();
}

function decode(pieces: Iterable<Uint8Array>, write: (text: string) => void): void {
  let decoder: Decoder | undefined;
  let head = new Uint8Array(0);
  for (const piece of pieces) {
    if (decoder !== undefined) {
      write(decoder.write(piece));
      continue;
    }
    head = head.length === 0 ? Uint8Array.from(piece) : Buffer.concat([head, piece]);
    if (head.length < ENCODING_BYTES) continue;
    decoder = decoderOf(head);
    write(decoder.write(head));
  }
  if (decoder === undefined) {
    decoder = decoderOf(head);
    write(decoder.write(head));
  }
  write(decoder.end());
}

function decoderOf(head: Uint8Array): Decoder {
  const decoder = createDecoder(head.subarray(0, ENCODING_BYTES));
  if (decoder === undefined) throw new MalformedDocument(`its encoding ${encodingOf(head)} cannot be read`);
  return decoder;
}
