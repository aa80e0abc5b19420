/** `ephemetry runs quality`: how good what is known of agent runs is. */
import { EVERYTHING, type Selection } from '@ephemetry/run-telemetry';
import { QUALITY_KINDS, type RunQuality, readQuality } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, list, object, string } from '../command-line/json-schema.ts';
import { flag, optional } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { selection } from '../runs/compare-readers.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

interface Values {
  readonly database: string | undefined;
  readonly where: Selection | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs quality',
  summary: 'Show what of agent runs came twice, contradicts, is missing or is not known.',
  help: `Nothing of this is hidden in a number: what is not known is left out of every figure, and counted here. Lines that were refused belong to no run, and are those of the whole database.

${DATABASE_HELP}`,
  examples: ['ephemetry runs quality', 'ephemetry runs quality --where project=checkout --json'],
  exits: { done: 'shown', failed: 'there is no database, or it cannot be used' },
  options: {
    database: DATABASE,
    where: optional('selection', 'runs, such as "project=checkout&tag.release=1.4"', selection, 'all'),
    json: flag('print one JSON object'),
  },
  json: object('The quality of runs.', {
    runs: integer('Runs.'),
    events: integer('Their events.'),
    kinds: object(
      'What is wrong.',
      Object.fromEntries(
        Object.entries(QUALITY_KINDS).map(([kind, meaning]) => [
          kind,
          object(`${meaning}.`, {
            count: integer('How often.'),
            runs: integer('In how many runs.'),
            examples: list('The first of them.', string('A run.')),
          }),
        ]),
      ),
    ),
    refused: integer('Lines that were not taken.'),
    refused_lines: list(
      'The first of them.',
      object('A line.', {
        source: string('The file.'),
        line: integer('Counted from 1.'),
        field: string('The field.'),
        message: string('What is wrong.'),
      }),
    ),
  }),
  run: runsQuality,
});

const COLUMNS: readonly Column[] = [
  { title: 'WHAT', align: 'left' },
  { title: 'COUNT', align: 'right' },
  { title: 'RUNS', align: 'right' },
  { title: 'SUCH AS', align: 'left' },
];

function runsQuality({ database, where = EVERYTHING, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const quality = await readQuality(store, where);
    if (json) output.printJson(quality);
    else output.printLines(linesOf(quality));
    return EXIT_CODE.done;
  });
}

/** The kinds of a quality that was read are texts. */
const MEANINGS: Readonly<Record<string, string>> = QUALITY_KINDS;

function linesOf({ runs, events, kinds, refused, refusedLines }: RunQuality): readonly string[] {
  const rows = Object.entries(kinds)
    .filter(([, { count }]) => count > 0)
    .map(([kind, { count, runs: affected, examples }]) => [
      MEANINGS[kind] ?? kind,
      String(count),
      String(affected),
      examples[0] ?? '',
    ]);
  const shown = refusedLines.slice(0, 10);
  return [
    `${events} events of ${runs} runs; ${refused} lines were not taken`,
    ...(rows.length === 0 ? [] : textTable(COLUMNS, rows)),
    ...shown.map(({ source, line, message }) => `${source}:${line}: ${message}`),
    ...(refused > shown.length ? [`and ${refused - shown.length} more lines`] : []),
  ];
}
