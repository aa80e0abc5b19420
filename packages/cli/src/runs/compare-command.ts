/** The command that repeats a comparison, as one may paste it into a shell. */
import {
  formatSelection,
  formatSuccessRule,
  type MetricName,
  type Selection,
  type SliceBy,
  type SuccessRule,
} from '@ephemetry/run-telemetry';
import { type RunSource, sourceText } from './run-source.ts';

/** What changes the answer. */
export interface ComparedWith {
  readonly baseline: RunSource;
  readonly current: RunSource;
  readonly where: Selection | undefined;
  readonly by: readonly SliceBy[] | undefined;
  readonly gate: readonly MetricName[] | undefined;
  readonly floor: ReadonlyMap<MetricName, number> | undefined;
  readonly success: SuccessRule | undefined;
}

export function compareCommand({ baseline, current, where, by, gate, floor, success }: ComparedWith): string {
  const options: readonly (readonly [string, string | undefined])[] = [
    ['--baseline', sourceText(baseline)],
    ['--current', sourceText(current)],
    ['--where', where === undefined ? undefined : formatSelection(where)],
    ['--by', by?.map((each) => each.join('*')).join(',')],
    ['--gate', gate?.join(',')],
    ['--floor', floor === undefined ? undefined : [...floor].map((each) => each.join('=')).join(',')],
    ['--success', success === undefined ? undefined : formatSuccessRule(success)],
  ];
  const words = options.flatMap(([name, value]) => (value === undefined ? [] : [name, quoted(value)]));
  return ['ephemetry runs compare', ...words].join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
