/** `ephemetry runs baseline export`: runs in one file, which comparisons read without events or a database. */
import {
  formatBaseline,
  isSelected,
  NO_SUCCESS_RULE,
  type Selection,
  type SuccessRule,
} from '@ephemetry/run-telemetry';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, optional, repeated } from '../command-line/option.ts';
import { filePath } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { writeWhole } from '../files/write-whole.ts';
import { selection, successRule } from '../runs/compare-readers.ts';
import { readRunsOrTold } from '../runs/event-file.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly files: readonly string[];
  readonly to: string | undefined;
  readonly where: Selection | undefined;
  readonly success: SuccessRule | undefined;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs baseline export',
  summary: 'Write runs into one file that comparisons read without their events.',
  help: `The file holds the facts of each run and its steps (type, tool, status and cluster), no prompts, arguments or outputs. It is much smaller than the events, and can be kept beside the project. Its first line has a digest of the runs and the version of the statistics; a file that was changed or cut off, or that is of another version, is refused.

\`ephemetry runs compare --baseline @FILE\` reads it.`,
  examples: [
    'ephemetry runs baseline export before.jsonl --to baseline.jsonl',
    'ephemetry runs baseline export before.jsonl --where project=checkout --to baseline.jsonl',
  ],
  exits: {
    done: 'written',
    failed: 'a file cannot be read or holds no run that is selected, or nothing can be written',
  },
  options: {
    files: argument({
      ...repeated('file', 'events of runs; several count as one', filePath),
      isRequired: true,
    }),
    to: optional('file', 'where to write it, whole or not at all', filePath, 'standard output'),
    where: optional('selection', 'which runs, such as "project=checkout&tag.release=1.4"', selection, 'all'),
    success: optional(
      'rule',
      'outcome, or evaluation:NAME>=SCORE, where runs do not say themselves whether they succeeded',
      successRule,
      'unknown',
    ),
  },
  run: exportBaseline,
});

function exportBaseline({ files, to, where, success }: Values, output: Output): ExitCode {
  const rule = success ?? NO_SUCCESS_RULE;
  const read = readRunsOrTold(files, rule, output);
  if (read === undefined) return EXIT_CODE.failed;
  const runs = where === undefined ? read : read.filter((run) => isSelected(run, where));
  if (runs.length === 0) {
    output.printError(`nothing is written: none of ${read.length} runs is selected\n`);
    return EXIT_CODE.failed;
  }
  const text = formatBaseline(runs, rule);
  if (to === undefined) {
    output.printDocument(text);
    return EXIT_CODE.done;
  }
  const fault = writeWhole(to, text);
  if (fault === undefined) return EXIT_CODE.done;
  output.printError(`nothing is written (${fault}); --to names a file in a directory that can be written\n`);
  return EXIT_CODE.failed;
}
