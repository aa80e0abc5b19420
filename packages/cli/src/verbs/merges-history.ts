/** `ephemetry merges history <metric>`: how a rate moved, newest merge first. */
import { HISTORY_LIMIT, readHistory } from '@ephemetry/merge-analyzer';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, flag } from '../command-line/option.ts';
import { wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { DATABASE_HELP } from '../merges/database-options.ts';
import { HISTORY_ENTRY } from '../merges/merges-json.ts';
import { describeReading } from '../merges/merges-page.ts';
import { openToLook } from '../merges/open-to-look.ts';
import { RATE_OPTIONS, type RateValues, rateAsked } from '../merges/rate-options.ts';
import { withDatabase } from '../merges/with-database.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

export const verb: Verb = defineVerb({
  name: 'merges history',
  summary: 'Show how a rate moved, newest merge first.',
  help: DATABASE_HELP,
  examples: [
    'ephemetry merges history first_pass_merge_rate --limit 20',
    "ephemetry merges history rebase_conflict_rate --project payments --json | jq -c 'select(.crossed)'",
  ],
  exits: { done: 'shown', failed: 'the database cannot be read' },
  options: {
    ...RATE_OPTIONS,
    limit: defaulted('number', 'how many merges', wholeNumber(1, 1_000_000), HISTORY_LIMIT),
    json: flag('print one JSON line for each merge'),
  },
  json: HISTORY_ENTRY,
  run: showHistory,
});

interface Values extends RateValues {
  /** Merges. */
  readonly limit: number;
  readonly json: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'MERGE', align: 'right' },
  { title: 'MERGED AT', align: 'left' },
  { title: 'WORK ITEM', align: 'left' },
  { title: 'VALUE', align: 'left' },
  { title: 'SOURCE', align: 'left' },
  { title: 'CROSSED', align: 'left' },
];

function showHistory(options: Values, output: Output): Promise<ExitCode> {
  const { limit, json } = options;
  return withDatabase(options, output, false, async (database) => {
    const opened = await openToLook(database, options, output);
    if ('analyze' in opened) await opened.analyze();
    const entries = await readHistory(opened, { ...rateAsked(options), limit });
    if (json) for (const entry of entries) output.printJson(entry);
    else if (entries.length === 0)
      output.print(
        'analyze' in opened ? 'no merges yet\n' : 'no history is stored yet: an analyzer writes it\n',
      );
    else {
      const rows = entries.map((entry) => [
        String(entry.ordinal),
        entry.mergedAt,
        entry.workItemId,
        describeReading(entry),
        entry.source,
        entry.crossed ?? '',
      ]);
      output.printLines(textTable(COLUMNS, rows));
    }
    return EXIT_CODE.done;
  });
}
