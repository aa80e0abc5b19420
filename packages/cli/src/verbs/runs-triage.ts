/** `ephemetry runs triage`: the failures of agent runs, grouped, and what to do about each group. */
import { FAILURE_CLASSES, type FailureClass, type Triage } from '@ephemetry/run-telemetry';
import { defineVerb } from '../command-line/define-verb.ts';
import { flag, optional } from '../command-line/option.ts';
import { oneOf } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { DATABASE_HELP } from '../runs/database-options.ts';
import { TRIAGE_JSON, triageJson } from '../runs/triage-json.ts';
import { triageLines } from '../runs/triage-lines.ts';
import { readTriage, TRIAGE_OPTIONS, type TriageValues, triageFault } from '../runs/triage-options.ts';
import type { Output } from '../terminal/output.ts';

interface Values extends TriageValues {
  readonly class: FailureClass | undefined;
  readonly new: boolean;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs triage',
  summary: 'Group the failures of agent runs, and say what to do about each group.',
  help: `Reads the runs of the database, or files of events, of tau-bench or Inspect, or baseline files. Failures that say the same form a cluster; its id follows from one failure alone, so it never moves. Each cluster is shown with its share of runs, where and when it happens, and with a hint where its evidence is there.

With --against a cluster is called more, fewer, gone or new only where chance does not explain it, tested within scenario and model. What was merely seen for the first time is called first seen.

\`ephemetry runs triage show ID\` shows everything of one cluster, \`ephemetry runs triage set ID\` keeps a note, an owner or a time until which it is not listed.

${DATABASE_HELP}`,
  examples: [
    'ephemetry runs triage after.jsonl',
    'ephemetry runs triage after.jsonl --against before.jsonl --new',
    'ephemetry runs triage after.jsonl --class tool_timeout --json',
    'ephemetry runs triage --where tag.release=1.4 --against tag.release=1.3',
  ],
  exits: {
    done: 'read, whatever was found',
    failed: 'a file or the database cannot be read, or a file holds no event',
  },
  options: {
    ...TRIAGE_OPTIONS,
    class: optional('class', 'only failures of this class', oneOf(FAILURE_CLASSES), 'all'),
    new: flag('only what is new or seen for the first time; needs --against'),
    json: flag('print one JSON object'),
  },
  json: TRIAGE_JSON,
  fault: (values) =>
    values.new && values.against.length === 0
      ? '--new needs --against, which names the runs before'
      : triageFault(values),
  run: runsTriage,
});

async function runsTriage(values: Values, output: Output): Promise<number> {
  const read = await readTriage(values, output);
  if (read.kind === 'fault') return read.code;
  const shown = chosen(read.triage, values);
  if (values.json) output.printDocument(`${JSON.stringify(triageJson(shown, read.states))}\n`);
  else output.printLines(triageLines(shown, read.states, Date.now()));
  return EXIT_CODE.done;
}

function chosen(triage: Triage, { class: wanted, new: isNew }: Values): Triage {
  const clusters = triage.clusters
    .filter(({ failure }) => wanted === undefined || failure.class === wanted)
    .filter(({ compared }) => !isNew || compared?.verdict === 'new' || compared?.verdict === 'first_seen');
  return { ...triage, clusters };
}
