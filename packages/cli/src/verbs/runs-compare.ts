/** `ephemetry runs compare`: whether agent runs became worse, where, and why. A gate for CI. */
import {
  type AgentRun,
  type Comparison,
  type ComparisonOptions,
  compareRuns,
  DEFAULT_BY,
  DEFAULT_GATES,
  hintsFor,
  isSelected,
  type MetricName,
  NO_SUCCESS_RULE,
  type Selection,
  type SliceBy,
  type SuccessRule,
  summarise,
} from '@ephemetry/run-telemetry';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, flag, optional, required } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { decimal, oneOf } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { compareCommand } from '../runs/compare-command.ts';
import { floors, metrics, selection, slicesBy, successRule } from '../runs/compare-readers.ts';
import { COMPARISON_JSON, comparisonJson } from '../runs/comparison-json.ts';
import { comparisonLines } from '../runs/comparison-lines.ts';
import { comparisonMarkdown } from '../runs/comparison-markdown.ts';
import { notableClusters, wholeSuccess } from '../runs/comparison-words.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { readSources } from '../runs/read-sources.ts';
import { baselineSource, currentSource, type RunSource, SOURCE_HELP } from '../runs/run-source.ts';
import type { Output } from '../terminal/output.ts';

type Format = 'text' | 'json' | 'markdown';
type FailOn = 'regression' | 'new-failure' | 'inconclusive' | 'none';

interface Values {
  readonly baseline: RunSource;
  readonly current: RunSource;
  readonly database: string | undefined;
  readonly where: Selection | undefined;
  readonly by: readonly SliceBy[] | undefined;
  readonly gate: readonly MetricName[] | undefined;
  readonly floor: ReadonlyMap<MetricName, number> | undefined;
  readonly success: SuccessRule | undefined;
  readonly failOn: FailOn;
  readonly detectable: number | undefined;
  readonly format: Format;
  readonly json: boolean;
}

/** Something became worse. */
const REGRESSION = 4;
/** Nothing could be said, or not enough. */
const INCONCLUSIVE = 5;
const DETECTABLE_POINTS = 5;

export const verb: Verb = defineVerb<Values>({
  name: 'runs compare',
  summary: 'Say whether agent runs became worse than a baseline, where, and why.',
  help: `Compares two files of events (JSON Lines), or of results of tau-bench or logs of Inspect (JSON), which are recognised by their content; or runs that runs ingest has put into the database. Runs are compared within scenario and model, so that a change of mix is not taken for a change of the runs; the change has an interval, and what chance explains is not called worse.

All slices and metrics together share one error budget: of comparisons of equals, about one in twenty calls anything degraded. What is too small to judge is said, with the smallest change that would have been found.

A run that does not say whether it succeeded is unknown, which is not failed; --success says what to take it from. Lines that are wrong are named on standard error, the others count.

${DATABASE_HELP} Two files need none.`,
  examples: [
    'ephemetry runs compare --baseline @before.jsonl --current @after.jsonl',
    'ephemetry runs compare --baseline @before.jsonl --current @after.jsonl --where project=checkout --by model,model*tool',
    'ephemetry runs compare --baseline @before.jsonl --current @after.jsonl --success outcome --format markdown',
    'ephemetry runs compare --baseline tag.release=1.3 --current tag.release=1.4',
  ],
  exits: {
    done: 'compared, and no regression',
    failed: 'a file cannot be read or holds no event, or the database cannot be used',
    others: [
      ['4', 'a regression; with --fail-on new-failure also a new failure'],
      [
        '5',
        'nothing to compare, too few runs, or suspect, unless --fail-on none; as asked for, a comparison that would not have found enough',
      ],
    ],
  },
  options: {
    baseline: required('runs', `the runs before: ${SOURCE_HELP}`, baselineSource),
    current: required('runs', 'the runs now: @FILE or a selection', currentSource),
    database: DATABASE,
    where: optional(
      'selection',
      'runs of both, such as "project=checkout&tag.release=1.4"',
      selection,
      'all',
    ),
    by: optional(
      'dimensions',
      'slices, with commas; a star makes pairs',
      slicesBy,
      DEFAULT_BY.map((each) => each.join('*')).join(','),
    ),
    gate: optional('metrics', 'what is judged, with commas', metrics, DEFAULT_GATES.join(',')),
    floor: optional(
      'metric=number',
      'the least change that counts, in points of rates and percent of others, with commas',
      floors,
      '2 points, 10 percent',
    ),
    success: optional(
      'rule',
      'outcome, or evaluation:NAME>=SCORE, where runs do not say themselves whether they succeeded',
      successRule,
      'unknown',
    ),
    failOn: defaulted(
      'what',
      'regression, new-failure, inconclusive or none',
      oneOf<FailOn>(['regression', 'new-failure', 'inconclusive', 'none']),
      'regression',
    ),
    detectable: optional(
      'points',
      'exit 5 when a smaller change of success than this would not have been found',
      decimal,
      `${DETECTABLE_POINTS} with --fail-on inconclusive`,
    ),
    format: defaulted(
      'format',
      'text, json or markdown',
      oneOf<Format>(['text', 'json', 'markdown']),
      'text',
    ),
    json: flag('print one JSON object'),
  },
  json: COMPARISON_JSON,
  run: runsCompare,
});

async function runsCompare(values: Values, output: Output): Promise<number> {
  const { where, success = NO_SUCCESS_RULE } = values;
  const read = await readSources([values.baseline, values.current], values.database, success, output);
  if (read.kind === 'fault') return read.code;
  const [baseline = [], current = []] = read.sides.map((runs) =>
    where === undefined ? runs : runs.filter((run) => isSelected(run, where)),
  );
  const { by, gate: gates, floor } = values;
  const options: ComparisonOptions = present({ by, gates, floors: floor });
  const comparison = compareRuns(baseline, current, options);
  print(values, comparison, baseline, current, output);
  return exitCodeOf(values, comparison);
}

function print(
  values: Values,
  comparison: Comparison,
  baseline: readonly AgentRun[],
  current: readonly AgentRun[],
  output: Output,
): void {
  const hinted = hintsFor(notableClusters(comparison), current);
  if (values.json || values.format === 'json')
    output.printDocument(`${JSON.stringify(comparisonJson(comparison, hinted, baseline, current))}\n`);
  else if (values.format === 'markdown')
    output.printDocument(comparisonMarkdown(comparison, hinted, compareCommand(values)));
  else output.printLines(comparisonLines(comparison, hinted));
}

function exitCodeOf({ failOn, detectable }: Values, comparison: Comparison): number {
  if (failOn === 'none') return EXIT_CODE.done;
  if (comparison.verdict === 'degraded') return REGRESSION;
  const hasNew = comparison.clusters.some(({ verdict }) => verdict === 'new');
  if (failOn === 'new-failure' && hasNew) return REGRESSION;
  if (comparison.verdict !== 'improved' && comparison.verdict !== 'no_difference') return INCONCLUSIVE;
  const limit = detectable ?? (failOn === 'inconclusive' ? DETECTABLE_POINTS : undefined);
  if (limit === undefined) return EXIT_CODE.done;
  const whole = wholeSuccess(comparison);
  const found = whole === undefined ? undefined : summarise(whole).detectable;
  return found === undefined || 100 * found > limit ? INCONCLUSIVE : EXIT_CODE.done;
}
