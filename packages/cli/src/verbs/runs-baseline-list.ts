/** `ephemetry runs baseline list`: the baselines of the database. */
import { listBaselines } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { BASELINE_JSON, baselineJson } from '../runs/baseline-json.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

interface Values {
  readonly database: string | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs baseline list',
  summary: 'List the baselines of the database.',
  help: DATABASE_HELP,
  examples: ['ephemetry runs baseline list', 'ephemetry runs baseline list --json'],
  exits: { done: 'listed', failed: 'there is no database, or it cannot be used' },
  options: { database: DATABASE, json: flag('print one JSON line for each baseline') },
  json: BASELINE_JSON,
  run: listAll,
});

const COLUMNS: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'CREATED', align: 'left' },
  { title: 'RUNS', align: 'right' },
  { title: 'REVISED', align: 'right' },
  { title: 'SELECTION', align: 'left' },
  { title: 'NOTE', align: 'left' },
];

function listAll({ database, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const baselines = await listBaselines(store);
    if (json) for (const each of baselines) output.printJson(baselineJson(each));
    else
      output.printLines(
        textTable(
          COLUMNS,
          baselines.map(({ name, createdUnixMs, runs, revised, selection, note }) => [
            name,
            new Date(createdUnixMs).toISOString().slice(0, 16),
            String(runs),
            String(revised),
            selection === '' ? 'all' : selection,
            note ?? '',
          ]),
        ),
      );
    return EXIT_CODE.done;
  });
}
