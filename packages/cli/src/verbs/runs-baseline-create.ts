/** `ephemetry runs baseline create`: freezes a selection of runs under a name. */
import { EVERYTHING, type Selection } from '@ephemetry/run-telemetry';
import { createBaseline } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, optional, required } from '../command-line/option.ts';
import { someText } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { BASELINE_JSON, baselineJson } from '../runs/baseline-json.ts';
import { baselineName } from '../runs/baseline-name.ts';
import { selection } from '../runs/compare-readers.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly name: string;
  readonly fromSelection: Selection | undefined;
  readonly note: string | undefined;
  readonly database: string | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs baseline create',
  summary: 'Freeze a selection of agent runs under a name, for comparisons.',
  help: `A baseline is a list of runs with their revisions and a digest. Runs that come later do not belong to it. An event that comes later to one of its runs counts; \`runs baseline list\` says how many runs that happened to.

${DATABASE_HELP}`,
  examples: [
    'ephemetry runs baseline create release-1.3 --from-selection tag.release=1.3',
    'ephemetry runs baseline create january --from-selection "from=2026-01-01&to=2026-02-01" --note "before the new prompt"',
  ],
  exits: {
    done: 'created',
    failed: 'there is one of this name, or no run is selected, or the database cannot be used',
  },
  options: {
    name: argument(required('name', 'the name of the baseline', baselineName)),
    fromSelection: optional(
      'selection',
      'which runs, such as "project=checkout&tag.release=1.3"',
      selection,
      'all',
    ),
    note: optional('text', 'what to say of it', someText),
    database: DATABASE,
    json: flag('print one JSON object'),
  },
  json: BASELINE_JSON,
  run: create,
});

function create({ name, fromSelection, note, database, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const created = await createBaseline(store, { name, selection: fromSelection ?? EVERYTHING, note });
    switch (created.kind) {
      case 'exists':
        output.printError(
          `there is a baseline ${name}; \`ephemetry runs baseline delete ${name}\` removes it\n`,
        );
        return EXIT_CODE.failed;
      case 'empty':
        output.printError('nothing is created: no run is selected\n');
        return EXIT_CODE.failed;
      case 'created': {
        const { runs, digest } = created.baseline;
        if (json) output.printJson(baselineJson(created.baseline));
        else output.print(`${name}: ${count(runs, 'run', 'runs')}, ${digest}\n`);
        return EXIT_CODE.done;
      }
    }
  });
}
