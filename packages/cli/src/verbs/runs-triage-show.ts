/** `ephemetry runs triage show ID`: everything that is known of one cluster of failures. */
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, required } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { CLUSTER_JSON, clusterJson } from '../runs/triage-json.ts';
import { clusterLines } from '../runs/triage-lines.ts';
import {
  clusterId,
  readTriage,
  TRIAGE_OPTIONS,
  type TriageValues,
  triageFault,
} from '../runs/triage-options.ts';
import type { Output } from '../terminal/output.ts';

interface Values extends TriageValues {
  readonly id: string;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs triage show',
  summary: 'Show everything of one cluster of failures: values, trend, example runs, hints.',
  help: 'The values are what stood in each place of the message, the five most frequent ones, without secrets. The trend counts the runs of each step of time. All hints whose evidence is there are shown.',
  examples: [
    'ephemetry runs triage show f1-8a85df66277a after.jsonl',
    'ephemetry runs triage show f1-8a85df66277a after.jsonl --against before.jsonl --step 1w --json',
    'ephemetry runs triage show f1-8a85df66277a --where tag.release=1.4',
  ],
  exits: { done: 'shown', failed: 'a file or the database cannot be read, or no run has the cluster' },
  options: {
    id: argument(required('id', 'the id of the cluster', clusterId)),
    ...TRIAGE_OPTIONS,
    json: flag('print one JSON object'),
  },
  json: CLUSTER_JSON,
  fault: triageFault,
  run: runsTriageShow,
});

async function runsTriageShow(values: Values, output: Output): Promise<number> {
  const read = await readTriage(values, output);
  if (read.kind === 'fault') return read.code;
  const { triage, states } = read;
  const cluster = triage.clusters.find(({ failure }) => failure.cluster === values.id);
  if (cluster === undefined) {
    output.printError(
      `none of ${triage.runs} runs has the cluster ${values.id}; ephemetry runs triage lists those that they have\n`,
    );
    return EXIT_CODE.failed;
  }
  const state = states.get(values.id);
  if (values.json) output.printDocument(`${JSON.stringify(clusterJson(cluster, state))}\n`);
  else output.printLines(clusterLines(cluster, state));
  return EXIT_CODE.done;
}
