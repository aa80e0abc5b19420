/** `ephemetry metrics import <file.jsonl>`: merges from elsewhere, oldest first, into the outbox. */
import { type FileHandle, open } from 'node:fs/promises';
import { type ImportReport, importMerges } from '@ephemetry/merge-analyzer';
import { EXIT_CODE, type ExitCode } from '../../exit-code.ts';
import { count } from '../../terminal/counted.ts';
import type { Output } from '../../terminal/output.ts';
import { linesOf } from './lines-of.ts';
import { HELD_BACK, printWarnings } from './print-warnings.ts';
import { type DatabaseOptions, openAnalyzer, withDatabase } from './with-database.ts';

/** Options of the command. */
export interface ImportHistoryOptions extends DatabaseOptions {
  readonly file: string;
  readonly json: boolean;
}

const SHOWN_REFUSALS = 20;

export async function importHistory(options: ImportHistoryOptions, output: Output): Promise<ExitCode> {
  const { file, json } = options;
  // Before the database: a misspelled file makes none.
  const handle = await openFile(file, output);
  if (handle === undefined) return EXIT_CODE.failed;
  await using _closed = handle;
  return await withDatabase(options, output, true, async (database) => {
    const analyzer = await openAnalyzer(database, options);
    printWarnings(analyzer.warnings, output);
    const report = await importMerges(analyzer, linesOf(handle));
    if (json) output.printJson(report);
    else printReport(report, output);
    if (report.analyzed.isHeldBack) output.printError(HELD_BACK);
    const isAllCounted = report.refused.length === 0 && report.analyzed.quarantined === 0;
    return isAllCounted ? EXIT_CODE.done : EXIT_CODE.failed;
  });
}

async function openFile(file: string, output: Output): Promise<FileHandle | undefined> {
  try {
    const handle = await open(file);
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
    output.printError(`nothing is imported: ${file} is a directory\n`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    output.printError(`nothing is imported: ${error.message}\n`);
  }
  return undefined;
}

function printReport({ imported, known, refused, analyzed }: ImportReport, output: Output): void {
  const crossings = count(analyzed.crossings, 'threshold crossing', 'threshold crossings');
  output.print(
    `${count(imported, 'merge', 'merges')} imported, ${known} known already, ${refused.length} refused; ${crossings}\n`,
  );
  if (analyzed.quarantined > 0) {
    const events = count(analyzed.quarantined, 'merge event was', 'merge events were');
    output.printError(`${events} left out; \`ephemetry metrics\` names them\n`);
  }
  for (const { line, reason } of refused.slice(0, SHOWN_REFUSALS)) {
    output.printError(`line ${line} is refused: ${reason}\n`);
  }
  if (refused.length > SHOWN_REFUSALS) {
    output.printError(`… and ${refused.length - SHOWN_REFUSALS} more; --json lists all\n`);
  }
}
