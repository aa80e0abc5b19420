/** Options of `runs triage` and `runs triage show`, and the runs that they are about. */
import {
  type AgentRun,
  isSelected,
  MS_PER_DAY,
  NO_SUCCESS_RULE,
  type Selection,
  type SuccessRule,
  type Triage,
  triageRuns,
} from '@ephemetry/run-telemetry';
import { argument, type Options, optional, repeated } from '../command-line/option.ts';
import { filePath, oneOf } from '../command-line/readers.ts';
import type { Output } from '../terminal/output.ts';
import { selection, successRule } from './compare-readers.ts';
import { readAllRuns } from './event-file.ts';

/** Which runs are looked at, and what with. */
export interface TriageValues {
  readonly files: readonly string[];
  readonly against: readonly string[];
  readonly where: Selection | undefined;
  readonly step: Step | undefined;
  readonly success: SuccessRule | undefined;
}

type Step = '1h' | '1d' | '1w';

const STEPS_MS: Readonly<Record<Step, number>> = {
  '1h': MS_PER_DAY / 24,
  '1d': MS_PER_DAY,
  '1w': 7 * MS_PER_DAY,
};

/** A sign before a file is that of `runs compare`. */
function withoutSign(given: string): string {
  return filePath(given.startsWith('@') ? given.slice(1) : given);
}

export const TRIAGE_OPTIONS: Options<TriageValues> = {
  files: argument({
    ...repeated('file', 'events of runs, or baseline files; several count as one', withoutSign),
    isRequired: true,
  }),
  against: repeated('file', 'the runs before, to say what became more, fewer, new or gone', withoutSign),
  where: optional('selection', 'runs of all files, such as "project=checkout&model=m1"', selection, 'all'),
  step: optional('step', 'of the trend: 1h, 1d or 1w', oneOf<Step>(['1h', '1d', '1w']), '1d'),
  success: optional(
    'rule',
    'outcome, or evaluation:NAME>=SCORE, where runs do not say themselves whether they succeeded',
    successRule,
    'unknown',
  ),
};

/** The clusters of these runs; undefined when a file cannot be read, which was said. */
export function triageFiles(values: TriageValues, output: Output): Triage | undefined {
  const { files, against, step = '1d' } = values;
  const current = readOrTold(files, values, output);
  if (current === undefined) return undefined;
  const baseline = against.length === 0 ? undefined : readOrTold(against, values, output);
  if (against.length > 0 && baseline === undefined) return undefined;
  return triageRuns(current, baseline, { stepMs: STEPS_MS[step] });
}

function readOrTold(
  paths: readonly string[],
  { where, success }: TriageValues,
  output: Output,
): readonly AgentRun[] | undefined {
  const read = readAllRuns(paths, success ?? NO_SUCCESS_RULE);
  if (read.kind === 'fault') {
    output.printError(`${read.message}\n`);
    return undefined;
  }
  for (const remark of read.remarks) output.printError(`${remark}\n`);
  return where === undefined ? read.runs : read.runs.filter((run) => isSelected(run, where));
}
