/** `ephemetry merges`: every rate now. */
import { openForReading, readMetrics } from '@ephemetry/merge-analyzer';
import { defineVerb } from '../command-line/define-verb.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { DATABASE_HELP, DATABASE_OPTIONS, type DatabaseValues } from '../merges/database-options.ts';
import { MERGES_REPORT } from '../merges/merges-json.ts';
import { mergesPage } from '../merges/merges-page.ts';
import { printWarnings } from '../merges/print-warnings.ts';
import { analyzerOptions, withDatabase } from '../merges/with-database.ts';
import type { Output } from '../terminal/output.ts';

export const verb: Verb = defineVerb({
  name: 'merges',
  summary: 'Show the rolling rates over the merges of an orchestrator.',
  help: `${DATABASE_HELP}

Catches up with the log first: no service has to run. On a standby, or as a role that may only read, it writes nothing and says how far the rates are behind. A rate is undefined until its window is full.`,
  examples: [
    'ephemetry merges',
    'ephemetry merges --database postgres://localhost/orchestrator --json | jq .global',
    'ephemetry merges explain rebase_conflict_rate --project payments',
  ],
  exits: { done: 'shown, also when rates are undefined', failed: 'the database cannot be read' },
  options: { ...DATABASE_OPTIONS, json: flag('print one JSON object') },
  json: MERGES_REPORT,
  run: showMerges,
});

interface Values extends DatabaseValues {
  readonly json: boolean;
}

function showMerges(options: Values, output: Output): Promise<ExitCode> {
  return withDatabase(options, output, false, async (database, place) => {
    const report = await readMetrics(await openForReading(database, analyzerOptions(options)));
    printWarnings(report.warnings, output);
    if (options.json) output.printJson(report);
    else {
      output.printLines(mergesPage(report, place));
      for (const { detail } of report.quarantine.newest) output.printError(`left out: ${detail}\n`);
    }
    return EXIT_CODE.done;
  });
}
