/** `ephemetry runs triage show ID`: everything that is known of one cluster of failures. */
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, flag, InvalidValue, type Reader, required } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { CLUSTER_JSON, clusterJson } from '../runs/triage-json.ts';
import { clusterLines } from '../runs/triage-lines.ts';
import { TRIAGE_OPTIONS, type TriageValues, triageFiles } from '../runs/triage-options.ts';
import type { Output } from '../terminal/output.ts';

interface Values extends TriageValues {
  readonly id: string;
  readonly json: boolean;
}

const clusterId: Reader<string> = (given) => {
  if (/^f1-[0-9a-f]{12}$/.test(given)) return given;
  throw new InvalidValue(
    'allowed: f1- and 12 hex digits, such as f1-8a85df66277a; ephemetry runs triage lists them',
  );
};

export const verb: Verb = defineVerb<Values>({
  name: 'runs triage show',
  summary: 'Show everything of one cluster of failures: values, trend, example runs, hints.',
  help: 'The values are what stood in each place of the message, the five most frequent ones, without secrets. The trend counts the runs of each step of time. All hints whose evidence is there are shown.',
  examples: [
    'ephemetry runs triage show f1-8a85df66277a after.jsonl',
    'ephemetry runs triage show f1-8a85df66277a after.jsonl --against before.jsonl --step 1w --json',
  ],
  exits: { done: 'shown', failed: 'a file cannot be read, or no run has the cluster' },
  options: {
    id: argument(required('id', 'the id of the cluster', clusterId)),
    ...TRIAGE_OPTIONS,
    json: flag('print one JSON object'),
  },
  json: CLUSTER_JSON,
  run: runsTriageShow,
});

function runsTriageShow(values: Values, output: Output): ExitCode {
  const triage = triageFiles(values, output);
  if (triage === undefined) return EXIT_CODE.failed;
  const cluster = triage.clusters.find(({ failure }) => failure.cluster === values.id);
  if (cluster === undefined) {
    output.printError(
      `none of ${triage.runs} runs has the cluster ${values.id}; ephemetry runs triage lists those that they have\n`,
    );
    return EXIT_CODE.failed;
  }
  if (values.json) output.printDocument(`${JSON.stringify(clusterJson(cluster))}\n`);
  else output.printLines(clusterLines(cluster));
  return EXIT_CODE.done;
}
