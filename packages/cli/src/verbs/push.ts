/** `ephemetry push`: pushes several measurements from standard input. */
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, InvalidValue, optional } from '../command-line/option.ts';
import { oneOf } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { type PushFormat, pushInput } from '../push/push-input.ts';
import { PUSH_OPTIONS, type PushValues } from '../push/push-options.ts';

export const verb: Verb = defineVerb<Values>({
  name: 'push',
  summary: 'Push measurements of a shell script: one by a verb below, several from standard input.',
  help: `What is pushed is in the spool when the command ends; with \`-\`, a quarter of a second after its line came. It is delivered in the background, for all pushes of five seconds at once, with \`-\` once a minute while lines come, or by the next \`ephemetry drain\`. --now waits for the verdict: give it where the disk goes away with the script, as in a container.

With \`-\` each line of standard input is a measurement in JSON, the way for loops:

  {"counter": "copied_files_total", "value": 1, "attributes": {"disk": "sda"}}
  {"gauge": "queue_jobs", "value": 17}
  {"histogram": "copy_seconds", "value": 0.4, "unit": "s", "bounds": [0.1, 1, 10]}

With --format prometheus it is Prometheus text, as for a Pushgateway, which needs \`# TYPE\` lines. Counters are what this run adds, gauges replace. Summaries, untyped samples and histograms without a bucket le="+Inf" do not count; timestamps and _created samples are left out. Each line ends with a line break, the last one too: without it it may have been cut off. A line that does not count is named, and the others count.

Names, attributes and values are checked as by the exporter. One name has one kind, one unit and one set of bounds, and one push takes 10,000 names. A disk that takes nothing is told at once. The spool keeps 10,000 pushes that wait, where EPHEMETRY_SPOOL_LIMIT_FILES names no other number.`,
  examples: [
    'ephemetry push counter deploys_total 1 -a target=staging',
    `printf '{"counter": "copied_files_total", "value": 3}\\n' | ephemetry push -`,
    'cat metrics.prom | ephemetry push --format prometheus',
  ],
  exits: {
    done: 'all is kept; with --now, delivered',
    failed:
      'a line does not count, not all is kept, a signal came before the end, or, with --now, not all was delivered',
  },
  options: {
    source: argument(
      optional('-', 'standard input', (given) => {
        if (given === '-') return given;
        throw new InvalidValue(
          'allowed: - for standard input, or one of the verbs counter, gauge, histogram',
        );
      }),
    ),
    format: optional(
      'format',
      'how standard input is written: json or prometheus',
      oneOf<PushFormat>(['json', 'prometheus']),
      'json',
    ),
    ...PUSH_OPTIONS,
  },
  fault: ({ source, format }) =>
    source === undefined && format === undefined
      ? 'it is not said what to push; allowed: - or --format for standard input, or one of the verbs counter, gauge, histogram'
      : undefined,
  run: ({ format = 'json', ...values }, output) => pushInput(format, values, output),
});

interface Values extends PushValues {
  readonly source: string | undefined;
  readonly format: PushFormat | undefined;
}
