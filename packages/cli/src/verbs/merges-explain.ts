/** `ephemetry merges explain <metric>`: the merges that a rate is made of, newest first. */
import {
  type ExplainedMerge,
  type Explanation,
  explainRate,
  type Fraction,
  formatScope,
} from '@ephemetry/merge-analyzer';
import { defineVerb } from '../command-line/define-verb.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { DATABASE_HELP } from '../merges/database-options.ts';
import { EXPLANATION } from '../merges/merges-json.ts';
import { describeReading } from '../merges/merges-page.ts';
import { openToLook } from '../merges/open-to-look.ts';
import { RATE_OPTIONS, type RateValues, rateAsked } from '../merges/rate-options.ts';
import { withDatabase } from '../merges/with-database.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

export const verb: Verb = defineVerb({
  name: 'merges explain',
  summary: 'Show the merges that a rate is made of, newest first.',
  help: DATABASE_HELP,
  examples: [
    'ephemetry merges explain first_pass_merge_rate',
    'ephemetry merges explain rebase_conflict_rate --project payments --json | jq .merges',
  ],
  exits: { done: 'shown', failed: 'the database cannot be read' },
  options: { ...RATE_OPTIONS, json: flag('print one JSON object') },
  json: EXPLANATION,
  run: explain,
});

interface Values extends RateValues {
  readonly json: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'MERGE', align: 'right' },
  { title: 'MERGED AT', align: 'left' },
  { title: 'WORK ITEM', align: 'left' },
  { title: 'PROJECT', align: 'left' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'REBASE CONFLICT', align: 'left' },
  { title: 'COUNTS', align: 'right' },
  { title: 'USD', align: 'right' },
  { title: '', align: 'left' },
];

function explain(options: Values, output: Output): Promise<ExitCode> {
  return withDatabase(options, output, false, async (database) => {
    const opened = await openToLook(database, options, output);
    const explanation = await explainRate(opened, rateAsked(options));
    if (options.json) output.printJson(explanation);
    else output.printLines(explanationLines(explanation));
    return EXIT_CODE.done;
  });
}

function explanationLines(explanation: Explanation): readonly string[] {
  const { rate, scope, source, ownN, reading, state, thresholds, merges } = explanation;
  const isFallback = source !== scope.kind;
  const fallback = `${ownN} of ${reading.window} merges of its own, so this is the global rate`;
  return [
    `metric       ${rate}`,
    `scope        ${formatScope(scope)}${isFallback ? `: ${fallback}` : ''}`,
    `value        ${describeReading(reading)}`,
    ...(state === null || thresholds === null
      ? []
      : [
          `state        ${state}; low at ${percent(thresholds.low)} or less, high at ${percent(thresholds.high)} or more`,
        ]),
    ...(merges.length === 0 ? [] : ['', ...textTable(COLUMNS, merges.map(mergeRow))]),
  ];
}

function percent({ numerator, denominator }: Fraction): string {
  return `${(numerator * 100) / denominator} %`;
}

function mergeRow(merge: ExplainedMerge): readonly string[] {
  return [
    String(merge.ordinal),
    merge.mergedAt,
    merge.workItemId,
    merge.project,
    String(merge.attempts),
    merge.isRebaseConflict ? 'yes' : 'no',
    String(merge.contribution),
    merge.usd === null ? '' : merge.usd.toFixed(2),
    merge.isNextToLeave ? 'leaves with the next merge' : '',
  ];
}
