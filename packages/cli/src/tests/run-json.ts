/** A run as `tests report --json` prints it: names are those of the documented object. */
import {
  type Coverage,
  type HistoryFindings,
  OUTCOMES,
  type OutcomeCounts,
  REPORT_OUTCOMES,
  type Run,
} from '@ephemetry/test-results';
import {
  byName,
  integer,
  type JsonSchema,
  list,
  maybe,
  nullable,
  number,
  object,
  type Properties,
  string,
  word,
} from '../command-line/json-schema.ts';
import { DRAIN_REPORT } from '../drain/delivery-json.ts';

/** A run and what it is called. */
export interface ReportedRun {
  readonly suite: string;
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  readonly run: Run;
  readonly coverage: Coverage | undefined;
  /** What people should know: reports that were not read, characters that were replaced. */
  readonly problems: readonly string[];
  /** What it shows beside earlier runs; undefined without a history. */
  readonly history: HistoryFindings | undefined;
}

/** The object. Keys of `categories` are names that others chose, so it is made here and not by a rule for keys. */
export function runJson({ suite, commit, branch, run, coverage, problems, history }: ReportedRun): object {
  return {
    suite,
    commit: commit ?? null,
    branch: branch ?? null,
    run: {
      result: run.result,
      started_at: run.startUnixMs === undefined ? null : new Date(run.startUnixMs).toISOString(),
      wall_seconds: run.wallSeconds ?? null,
      busy_seconds: run.busySeconds,
      unknown_durations: run.unknownDurations,
    },
    results: run.results,
    categories: Object.fromEntries(run.categories),
    retried: run.retried,
    flaky: run.flaky,
    reports: run.reports,
    coverage: coverage ?? null,
    problems,
    ...(history === undefined ? {} : { history: { ...history, flaky: history.flaky ?? null } }),
  };
}

const OUTCOME_WORDS = {
  passed: 'Tests that passed.',
  failed: 'Tests that failed.',
  error: 'Tests that ended in an error.',
  skipped: 'Tests that did not run.',
} satisfies Record<keyof OutcomeCounts, string>;

const COUNTS: Properties = Object.fromEntries(
  OUTCOMES.map((outcome) => [outcome, integer(OUTCOME_WORDS[outcome])]),
);

/** What {@link runJson} makes. */
export const RUN_JSON: JsonSchema = object('A run.', {
  suite: string('The suite, as it is recorded.'),
  commit: nullable(string('The commit that was tested; null when it is not known.')),
  branch: nullable(string('The branch that was tested; null when it is not known.')),
  run: object('The run as a whole.', {
    result: word('How it ended.', ['success', 'failure', 'incomplete']),
    started_at: nullable(string('When its first suite started, in UTC; null when a report does not say it.')),
    wall_seconds: nullable(
      number('From the first start to the last end; null when a report does not say it.'),
    ),
    busy_seconds: number('Known times of all attempts, added up.'),
    unknown_durations: integer('Attempts whose time is not known.'),
  }),
  results: object('Tests, each once by its final outcome.', COUNTS),
  categories: byName(
    'The same by category: unknown and those that the file declares, also without a test.',
    object('Tests of one category.', COUNTS),
  ),
  retried: integer('Tests with more than one attempt.'),
  flaky: integer('Tests that passed and failed in this run.'),
  reports: object(
    'Reports by what became of them.',
    Object.fromEntries(REPORT_OUTCOMES.map((outcome) => [outcome, integer(`Reports that are ${outcome}.`)])),
  ),
  coverage: nullable(
    object('Lines of the coverage files; null without one.', {
      covered: integer('Lines that were executed.'),
      total: integer('Lines that could have been.'),
    }),
  ),
  problems: list('What was not read, and why.', string('A sentence.')),
  history: maybe(
    object('What it shows beside earlier runs; missing without a history.', {
      rerun: integer('Tests that passed in one run of the commit and failed in another.'),
      mass: integer('The same, in such numbers that the environment is to blame.'),
      transitions: byName(
        'By category: tests of the default branch that changed since the commit before.',
        object('Tests of one category.', {
          broken: integer('Tests that stopped passing.'),
          fixed: integer('Tests that began to pass.'),
        }),
      ),
      flaky: nullable(integer('Tests that are flaky now; null when nothing could be seen.')),
    }),
  ),
  delivery: maybe(
    object('The drain that followed; missing with --dry-run or when others deliver.', DRAIN_REPORT),
  ),
});
