/** `ephemetry runs show RUN`: facts and events of one run, beside another one where two part. */
import type { AgentEvent } from '@ephemetry/run-telemetry';
import { type RunStore, readStoredRun, type StoredRun } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, optional, required } from '../command-line/option.ts';
import { someText } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { STORED_RUN_JSON, storedRunJson } from '../runs/stored-run-json.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

interface Values {
  readonly run: string;
  readonly beside: string | undefined;
  readonly database: string | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs show',
  summary: 'Show what is known of one agent run, and its events.',
  help: `With --beside, the steps of two runs stand side by side, and a star marks the first at which they part.

${DATABASE_HELP}`,
  examples: ['ephemetry runs show run-17', 'ephemetry runs show run-17 --beside run-4'],
  exits: { done: 'shown', failed: 'there is no such run, or the database cannot be used' },
  options: {
    run: argument(required('run', 'the id of the run', someText)),
    beside: optional('run', 'another one', someText),
    database: DATABASE,
    json: flag('print one JSON line for each run'),
  },
  json: STORED_RUN_JSON,
  run: show,
});

function show({ run, beside, database, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const shown: StoredRun[] = [];
    for (const id of beside === undefined ? [run] : [run, beside]) {
      const found = await foundOrTold(store, id, output);
      if (found === undefined) return EXIT_CODE.failed;
      shown.push(found);
    }
    if (json) for (const each of shown) output.printDocument(`${JSON.stringify(storedRunJson(each))}\n`);
    else output.printLines(linesOf(shown));
    return EXIT_CODE.done;
  });
}

async function foundOrTold(store: RunStore, id: string, output: Output): Promise<StoredRun | undefined> {
  const found = await readStoredRun(store, id);
  if (found === undefined) output.printError(`there is no run ${id}\n`);
  return found;
}

function linesOf([first, second]: readonly StoredRun[]): readonly string[] {
  if (first === undefined) return [];
  if (second !== undefined) return besideLines(first, second);
  const { run, events, conflicts, revision } = first;
  return [
    ...factLines(first),
    ...(revision > 0
      ? [`revision ${revision}: it changed after it had ended, or while a baseline had it`]
      : []),
    ...conflicts.map(({ seq }) => `another event ${seq} came later, and does not count`),
    '',
    ...(events.length === 0
      ? [`the events of ${run.runId} were removed`]
      : textTable(EVENT_COLUMNS, events.map(eventRow))),
  ];
}

function factLines({ run }: StoredRun): readonly string[] {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['run', run.runId],
    ['project', run.project],
    ['scenario', run.scenario],
    ['model', run.model],
    ['agent', run.agent],
    ['state', run.state],
    ['success', run.success === undefined ? undefined : String(run.success)],
    ['duration', run.durationMs === undefined ? undefined : `${run.durationMs / 1000} s`],
    ['tokens', run.tokens],
    ['cost', run.costUsd === undefined ? undefined : `${run.costUsd} USD`],
    ['failure', run.primary === undefined ? undefined : `${run.primary.class} ${run.primary.cluster}`],
  ];
  return facts.map(([name, value]) => `${name.padEnd(10)}${value ?? 'unknown'}`);
}

const EVENT_COLUMNS: readonly Column[] = [
  { title: 'SEQ', align: 'right' },
  { title: 'TIME', align: 'left' },
  { title: 'TYPE', align: 'left' },
  { title: 'STATUS', align: 'left' },
  { title: 'PAYLOAD', align: 'left' },
];

function eventRow({ seq, unixMs, type, status, fields }: AgentEvent): readonly string[] {
  return [
    String(seq),
    unixMs === undefined ? '' : new Date(unixMs).toISOString(),
    type,
    status ?? '',
    JSON.stringify(Object.fromEntries(fields)),
  ];
}

function besideLines(first: StoredRun, second: StoredRun): readonly string[] {
  const [left, right] = [first, second].map(({ run }) =>
    run.steps.map(({ type, tool, status, cluster }) =>
      [tool ?? type, status, cluster].filter(Boolean).join(' '),
    ),
  );
  const rows = Array.from({ length: Math.max(left?.length ?? 0, right?.length ?? 0) }, (_, index) => [
    left?.[index] ?? '',
    right?.[index] ?? '',
  ]);
  const parts = rows.findIndex(([one, other]) => one !== other);
  return textTable(
    [
      { title: '', align: 'left' },
      { title: first.run.runId, align: 'left' },
      { title: second.run.runId, align: 'left' },
    ],
    rows.map((row, index) => [index === parts ? '*' : '', ...row]),
  );
}
