/** Opens the analyzer for a command that only looks, and says so where it can do nothing else. */
import {
  type AnalyzerDatabase,
  type MergeAnalyzer,
  type MergeReader,
  openForReading,
} from '@ephemetry/merge-analyzer';
import type { Output } from '../terminal/output.ts';
import type { DatabaseValues } from './database-options.ts';
import { describeReader, lackLines } from './merges-page.ts';
import { printWarnings } from './print-warnings.ts';
import { analyzerOptions } from './with-database.ts';

/** An analyzer, or a reader where nothing may be written: standard error says which rates that one reads. */
export async function openToLook(
  database: AnalyzerDatabase,
  options: DatabaseValues,
  output: Output,
): Promise<MergeAnalyzer | MergeReader> {
  const opened = await openForReading(database, analyzerOptions(options));
  printWarnings(opened.warnings, output);
  if ('because' in opened) {
    output.printError(`only read: ${describeReader(opened)}\n`);
    for (const line of lackLines(opened)) output.printError(`${line}\n`);
  }
  return opened;
}
