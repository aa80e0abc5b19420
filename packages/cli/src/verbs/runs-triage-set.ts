/** `ephemetry runs triage set ID`: what a team says of a cluster of failures, kept in the database. */
import { type ClusterState, hasCluster, setClusterState } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, InvalidValue, optional, type Reader, required } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { STATE_JSON, stateJson } from '../runs/triage-json.ts';
import { stateLines } from '../runs/triage-lines.ts';
import { clusterId } from '../runs/triage-options.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly id: string;
  readonly note: string | undefined;
  readonly owner: string | undefined;
  readonly muteUntil: number | 'never' | undefined;
  readonly link: string | undefined;
  readonly mergeInto: string | undefined;
  readonly database: string | undefined;
  readonly json: boolean;
}

const TEXT_LIMIT = 1000;

/** An empty text takes back what was said. */
const shortText: Reader<string> = (given) => {
  if (given.length <= TEXT_LIMIT) return given;
  throw new InvalidValue(`allowed: ${TEXT_LIMIT} characters, and these are ${given.length}`);
};

const untilTime: Reader<number | 'never'> = (given) => {
  if (given === '') return 'never';
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(given);
  const unixMs = isTime ? Date.parse(given) : Number.NaN;
  if (Number.isFinite(unixMs)) return unixMs;
  throw new InvalidValue('allowed: a day or a time with its zone, as 2026-01-31 or 2026-01-31T12:00:00Z');
};

const otherCluster: Reader<string> = (given) => (given === '' ? '' : clusterId(given));

export const verb: Verb = defineVerb<Values>({
  name: 'runs triage set',
  summary: 'Keep a note, an owner or a link with a cluster of failures, or do not list it for a while.',
  help: `What is said hangs on the id of the cluster, which never moves: more runs, a rebuild and other failures leave it alone. An empty text takes it back (--note ""). A muted cluster is counted, not listed; it closes a gate as any other.

${DATABASE_HELP}`,
  examples: [
    'ephemetry runs triage set f1-8a85df66277a --owner search-team --note "the index is slow on Mondays"',
    'ephemetry runs triage set f1-8a85df66277a --mute-until 2026-02-28',
  ],
  exits: { done: 'kept', failed: 'no run of the database has the cluster, or it cannot be used' },
  options: {
    id: argument(required('id', 'the id of the cluster', clusterId)),
    note: optional('text', 'a note', shortText, 'as it is'),
    owner: optional('name', 'who looks after it', shortText, 'as it is'),
    muteUntil: optional('time', 'not listed until then, such as 2026-02-28', untilTime, 'as it is'),
    link: optional('url', 'where it is dealt with', shortText, 'as it is'),
    mergeInto: optional('id', 'the cluster that it is a part of', otherCluster, 'as it is'),
    database: DATABASE,
    json: flag('print one JSON object'),
  },
  json: STATE_JSON,
  fault: (values) =>
    Object.keys(changeOf(values)).length === 0
      ? 'nothing is to be kept; allowed: --note, --owner, --mute-until, --link, --merge-into'
      : undefined,
  run: runsTriageSet,
});

function runsTriageSet(values: Values, output: Output): Promise<number> {
  const { id, database, json } = values;
  return withRunStore(database, output, async (store) => {
    if (!(await hasCluster(store, id))) {
      output.printError(
        `nothing is kept: no run of the database has the cluster ${id}; ephemetry runs triage lists those that they have\n`,
      );
      return EXIT_CODE.failed;
    }
    const state = await setClusterState(store, id, changeOf(values));
    if (json) output.printDocument(`${JSON.stringify(stateJson(state))}\n`);
    else output.printLines([id, ...stateLines(state)]);
    return EXIT_CODE.done;
  });
}

function changeOf({ note, owner, muteUntil, link, mergeInto }: Values): Partial<ClusterState> {
  return {
    ...(note === undefined ? {} : { note: orNothing(note) }),
    ...(owner === undefined ? {} : { owner: orNothing(owner) }),
    ...(muteUntil === undefined ? {} : { mutedUntilUnixMs: muteUntil === 'never' ? null : muteUntil }),
    ...(link === undefined ? {} : { link: orNothing(link) }),
    ...(mergeInto === undefined ? {} : { mergedInto: orNothing(mergeInto) }),
  };
}

function orNothing(text: string): string | null {
  return text === '' ? null : text;
}
