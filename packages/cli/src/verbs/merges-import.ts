/** `ephemetry merges import <file.jsonl>`: merges from elsewhere, oldest first, into the outbox. */
import { type FileHandle, open } from 'node:fs/promises';
import { type ImportReport, importMerges } from '@ephemetry/merge-analyzer';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, required } from '../command-line/option.ts';
import { text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { DATABASE_HELP, DATABASE_OPTIONS, type DatabaseValues } from '../merges/database-options.ts';
import { linesOf } from '../merges/lines-of.ts';
import { IMPORT_REPORT } from '../merges/merges-json.ts';
import { HELD_BACK, printWarnings } from '../merges/print-warnings.ts';
import { openAnalyzer, withDatabase } from '../merges/with-database.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

export const verb: Verb = defineVerb({
  name: 'merges import',
  summary: "Import merges from elsewhere into the orchestrator's event table (events_outbox).",
  help: `${DATABASE_HELP}

A line is one JSON object:

  {"work_item_id":"w1","project":"alpha","attempts":1,"last_verdict":"approve",
   "merged_at":"2026-01-31T12:00:00Z"}

Importing a file twice adds nothing. A directory that is not there is made, with the orchestrator's tables.`,
  examples: [
    'ephemetry merges import history.jsonl',
    'ephemetry merges import history.jsonl --database .orchestrator/database --json | jq .refused',
  ],
  exits: {
    done: 'all imported or known already',
    failed: 'lines were refused, merges were left out or nothing is imported',
  },
  options: {
    file: argument(required('file', 'one JSON object a line, oldest merge first', text)),
    ...DATABASE_OPTIONS,
    json: flag('print one JSON object'),
  },
  json: IMPORT_REPORT,
  run: importHistory,
});

interface Values extends DatabaseValues {
  readonly file: string;
  readonly json: boolean;
}

const SHOWN_REFUSALS = 20;

async function importHistory(options: Values, output: Output): Promise<ExitCode> {
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
    const isAllCounted = report.refused.length === 0 && report.leftOut.length === 0;
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
    const reason = error.code === 'ENOENT' ? `${file} does not exist` : error.message;
    output.printError(`nothing is imported: ${reason}\n`);
  }
  return undefined;
}

function printReport({ imported, known, refused, leftOut, analyzed }: ImportReport, output: Output): void {
  const crossings = count(analyzed.crossings, 'threshold crossing', 'threshold crossings');
  output.print(
    `${count(imported, 'merge', 'merges')} imported, ${known} known already, ${refused.length} refused; ${crossings}\n`,
  );
  if (leftOut.length > 0) {
    const events = count(leftOut.length, 'merge event was', 'merge events were');
    output.printError(`${events} left out; \`ephemetry merges\` names them\n`);
  }
  for (const { line, reason } of refused.slice(0, SHOWN_REFUSALS)) {
    output.printError(`line ${line} is refused: ${reason}\n`);
  }
  if (refused.length > SHOWN_REFUSALS) {
    output.printError(`… and ${refused.length - SHOWN_REFUSALS} more; --json lists all\n`);
  }
}
