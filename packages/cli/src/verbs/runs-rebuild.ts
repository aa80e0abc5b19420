/** `ephemetry runs rebuild`: makes the facts of all runs again from their events. */
import { rebuildRuns } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, object } from '../command-line/json-schema.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly database: string | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs rebuild',
  summary: 'Make the facts of all agent runs again from their events.',
  help: `Facts, calls and failures follow from the events, so this changes nothing, unless a newer version reads events in another way. Run it after an upgrade that says so. Facts of runs whose events were removed stay as they are. Killed, it has changed nothing.

${DATABASE_HELP}`,
  examples: ['ephemetry runs rebuild', 'ephemetry runs rebuild --database postgres://ada@db.example/runs'],
  exits: { done: 'rebuilt', failed: 'there is no database, or it cannot be used' },
  options: { database: DATABASE, json: flag('print one JSON object') },
  json: object('What was rebuilt.', {
    runs: integer('Runs.'),
    kept: integer('Runs whose events are gone: their facts stay.'),
  }),
  run: runsRebuild,
});

function runsRebuild({ database, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const rebuilt = await rebuildRuns(store);
    if (json) output.printJson(rebuilt);
    else output.print(`${count(rebuilt.runs, 'run', 'runs')} rebuilt, ${rebuilt.kept} kept as they are\n`);
    return EXIT_CODE.done;
  });
}
