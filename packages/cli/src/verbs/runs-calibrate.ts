/** `ephemetry runs calibrate`: how often a comparison would raise an alarm where nothing changed, on one's own runs. */
import {
  type Calibration,
  calibrateRuns,
  ERROR_BUDGET,
  METRIC_NAMES,
  NO_SUCCESS_RULE,
  type SliceBy,
  type SuccessRule,
} from '@ephemetry/run-telemetry';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, list, number, object, word } from '../command-line/json-schema.ts';
import { flag, optional, required } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { atFile, slicesBy, successRule } from '../runs/compare-readers.ts';
import { percent } from '../runs/comparison-words.ts';
import { readRunsOrTold } from '../runs/event-file.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly baseline: string;
  readonly by: readonly SliceBy[] | undefined;
  readonly success: SuccessRule | undefined;
  readonly json: boolean;
}

/** Nothing could be tested. */
const INCONCLUSIVE = 5;

export const verb: Verb = defineVerb<Values>({
  name: 'runs calibrate',
  summary: 'Say how often a comparison of your own runs would raise an alarm where nothing changed.',
  help: `Splits the runs of a baseline into halves, within scenario and model, 200 times, and compares the halves as runs compare does. The seeds are fixed, so that the same file gives the same answer.

The share should be near the error budget or below it. A share that is clearly above says that runs of one scenario are not alike: name what ran together (group), or split the scenario.`,
  examples: [
    'ephemetry runs calibrate --baseline @before.jsonl',
    'ephemetry runs calibrate --baseline @before.jsonl --by model --json',
  ],
  exits: {
    done: 'calibrated, whatever was found',
    failed: 'the file cannot be read or holds no event',
    others: [['5', 'the halves are too small to test anything']],
  },
  options: {
    baseline: required('@file', 'the events of the runs', atFile),
    by: optional('dimensions', 'slices, with commas; a star makes pairs', slicesBy, 'those of runs compare'),
    success: optional(
      'rule',
      'outcome, or evaluation:NAME>=SCORE, where runs do not say themselves whether they succeeded',
      successRule,
      'unknown',
    ),
    json: flag('print one JSON object'),
  },
  json: object('A calibration.', {
    runs: integer('Runs of the baseline.'),
    repetitions: integer('Comparisons of two halves.'),
    degraded: integer('Comparisons that called anything degraded.'),
    share: number('The share of such comparisons.'),
    interval: list('95 % of that share, low and high.', number('An end.')),
    budget: number('What the share should not exceed.'),
    untested: integer('Comparisons in which nothing could be tested.'),
    metrics: list(
      'What was called degraded; a comparison may have several.',
      object('A metric.', {
        metric: word('Its name.', METRIC_NAMES),
        comparisons: integer('Comparisons in which it was called degraded.'),
      }),
    ),
  }),
  run: runsCalibrate,
});

function runsCalibrate({ baseline, by, success, json }: Values, output: Output): number {
  const runs = readRunsOrTold([baseline], success ?? NO_SUCCESS_RULE, output);
  if (runs === undefined) return EXIT_CODE.failed;
  const calibration = calibrateRuns(runs, present({ by }));
  if (json) output.printJson(toJson(runs.length, calibration));
  else output.printLines(linesOf(runs.length, calibration));
  return calibration.untested === calibration.repetitions ? INCONCLUSIVE : EXIT_CODE.done;
}

function toJson(runs: number, { repetitions, degraded, interval, untested, byMetric }: Calibration): object {
  return {
    runs,
    repetitions,
    degraded,
    share: degraded / repetitions,
    interval: [interval.low, interval.high],
    budget: ERROR_BUDGET,
    untested,
    metrics: [...byMetric].map(([metric, comparisons]) => ({ metric, comparisons })),
  };
}

function linesOf(
  runs: number,
  { repetitions, degraded, interval, untested, byMetric }: Calibration,
): readonly string[] {
  if (untested === repetitions)
    return [
      `halves of ${runs} runs are too small to test anything: 20 runs in each half that have a partner are needed`,
    ];
  const share = percent(degraded / repetitions);
  return [
    `${degraded} of ${repetitions} comparisons of halves of ${runs} runs call something degraded: ${share} (95 %: ${percent(interval.low)} to ${percent(interval.high)}); the budget is ${percent(ERROR_BUDGET)}`,
    ...[...byMetric].map(([metric, comparisons]) => `  ${metric}: ${comparisons}`),
  ];
}
