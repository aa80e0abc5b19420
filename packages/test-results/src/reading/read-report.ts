/**
 * Reads one JUnit XML report, piece by piece: memory is bounded by one test, whatever the report's size and however long the
 * output is that it holds. Cases go to a tally, which counts only if the report was read to its end.
 */
import { cutFree } from '../judging/kept-name.ts';
import { type JudgingOptions, ReportTally } from '../judging/report-tally.ts';
import type { ReportOutcome } from '../outcome.ts';
import { CaseReader } from './case-reader.ts';
import { MarkupCleaner } from './clean-markup.ts';
import { parseXml } from './parse-xml.ts';
import type { ReadReport } from './report-reading.ts';
import type { Runner } from './runner.ts';

/** How a report is read. */
export interface ReadOptions extends JudgingOptions {
  /** Who wrote it. @default found from the report */
  readonly runner?: Runner;
  /** The folder of the checkout: files of tests are named from there on. @default as the report names them */
  readonly root?: string;
}

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
  const createTally = (runner: Runner): ReportTally => new ReportTally(options.runner ?? runner, options);
  const reader = new CaseReader(createTally, options.root);
  const parsed = parseXml(pieces, reader, cleaner);
  if (parsed.kind !== 'read') return failed(parsed.kind, parsed.detail, cleaner);
  return { ...reader.finish(), replacedCharacters: cleaner.replaced };
}

function failed(outcome: ReportOutcome, detail: string, { replaced }: MarkupCleaner): ReadReport {
  // A parser's message may quote megabytes of the report.
  return { outcome, detail: cutFree(detail), replacedCharacters: replaced };
}
