/** Reads the coverage files of a run from their paths: all of them, or none counts. */

import { normalize } from 'node:path';
import { RefusedDocument } from '../reading/clean-markup.ts';
import type { Coverage } from '../recording/record-run.ts';
import { readFilePieces } from '../run/file-pieces.ts';
import { findReports } from '../run/find-reports.ts';
import { CoveredLines, LINES_LIMIT } from './covered-lines.ts';
import { readCoverage } from './read-coverage.ts';
import { SourceLocator } from './source-locator.ts';

/** What the files say together. */
export interface CollectedCoverage {
  /** Undefined without a file, and when one of them was not read: the lines of the others would be less than all. */
  readonly coverage: Coverage | undefined;
  /** A sentence for each file that was not read. They quote files: hostile wherever they are shown. */
  readonly problems: readonly string[];
  /** Files that were read or tried. */
  readonly files: readonly string[];
}

/**
 * Reads the coverage of a run. Source files are told apart by where they are, so that two packages may have files of one name.
 * Where they are not on this machine their names must do: two files of one name and other lines are refused then.
 *
 * @param paths files and globs
 * @param linesLimit so many lines there may be in all files together
 *
 * @example
 * ```ts
 * const { coverage, problems } = collectCoverage(['coverage/lcov.info']);
 * ```
 */
export function collectCoverage(
  paths: readonly string[],
  linesLimit: number = LINES_LIMIT,
): CollectedCoverage {
  const { files, lost } = findReports(paths);
  const together: Together = { lines: new CoveredLines(linesLimit), firstOf: new Map() };
  const problems = lost.map((path) => `${path} is lost: it is no coverage file that is there`);
  for (const path of files) {
    const problem = readInto(together, path);
    if (problem !== undefined) problems.push(`${path} ${problem}`);
  }
  const isWhole = problems.length === 0 && files.length > 0;
  return { coverage: isWhole ? together.lines.counts : undefined, problems, files };
}

interface Together {
  readonly lines: CoveredLines;
  /** The coverage file that named a source file first, of those that are not on this machine. */
  readonly firstOf: Map<string, string>;
}

function readInto({ lines, firstOf }: Together, path: string): string | undefined {
  const file = readFilePieces(path, readCoverage);
  if (file.kind !== 'read') return `cannot be read (${file.reason})`;
  if (file.result.kind !== 'read')
    return `is ${file.result.kind}: ${file.result.detail.slice(0, DETAIL_CHARACTERS)}`;
  const { lines: own, sources } = file.result;
  const locator = new SourceLocator(path, sources);
  const places = new Map<string, string>();
  for (const given of own.files) {
    const place = locator.locate(given);
    const name = normalize(given);
    places.set(given, place ?? name);
    if (place !== undefined) continue;
    if (lines.hasOtherLines(name, own, given))
      return `is refused: its ${JSON.stringify(name.slice(0, DETAIL_CHARACTERS))} has other lines than that of ${firstOf.get(name)}, and neither is on this machine; report where the sources are checked out`;
    if (!firstOf.has(name)) firstOf.set(name, path);
  }
  try {
    lines.join(own, (name) => places.get(name) ?? name);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedDocument) return `is refused: ${error.message}`;
    throw error;
  }
}

/** A parser's message may quote megabytes of the file. */
const DETAIL_CHARACTERS = 200;
