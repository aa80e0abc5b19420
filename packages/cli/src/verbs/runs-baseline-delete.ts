/** `ephemetry runs baseline delete`: forgets a baseline; its runs stay. */
import { deleteBaseline } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, required } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { baselineName } from '../runs/baseline-name.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly name: string;
  readonly database: string | undefined;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs baseline delete',
  summary: 'Delete a baseline. Its runs stay.',
  help: DATABASE_HELP,
  examples: ['ephemetry runs baseline delete release-1.3'],
  exits: { done: 'deleted', failed: 'there is none of this name, or the database cannot be used' },
  options: { name: argument(required('name', 'the name of the baseline', baselineName)), database: DATABASE },
  run: remove,
});

function remove({ name, database }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    if (await deleteBaseline(store, name)) {
      output.print(`${name} is deleted; its runs stay\n`);
      return EXIT_CODE.done;
    }
    output.printError(`there is no baseline ${name}; \`ephemetry runs baseline list\` names them\n`);
    return EXIT_CODE.failed;
  });
}
