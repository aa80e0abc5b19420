/** What `tests flaky --json` and `tests history --json` print of a test. */
import type { FlakyTest, NamedTest, TestPast } from '@ephemetry/test-results/history';
import {
  boolean,
  integer,
  type JsonSchema,
  nullable,
  number,
  object,
  type Properties,
  string,
  word,
} from '../command-line/json-schema.ts';

const NAME: Properties = {
  suite: string('The suite.'),
  file: string('The path of its file; empty when the reports do not tell it.'),
  class_name: string('Its class, as the reports have it.'),
  name: string('Its name; empty when more tests failed than names are kept of.'),
};

/** What {@link flakyJson} makes. */
export const FLAKY_TEST: JsonSchema = object('A test that is flaky now.', {
  ...NAME,
  environment: string('The environment in which it is flaky.'),
  flips: integer('Commits on which it passed and failed.'),
  commits: integer('Commits on which it passed or failed.'),
  share_low: number('Lower end of the 95 % interval of flips among commits.'),
  share_high: number('Upper end.'),
  runs: integer('Runs in which it passed or failed.'),
  attempts: integer('Attempts in these runs.'),
  last_flip_at: string('When it flipped last, in UTC.'),
});

/** A line. */
export function flakyJson({ interval, lastFlipUnixMs, ...test }: FlakyTest): object {
  const lastFlipAt = new Date(lastFlipUnixMs).toISOString();
  return { ...test, shareLow: interval.low, shareHigh: interval.high, lastFlipAt };
}

/** What {@link pastJson} makes. */
export const TEST_PAST: JsonSchema = object('How a test went in one run.', {
  ...NAME,
  ended_at: string('When the run ended, in UTC.'),
  commit: nullable(string('The commit; null when it is not known, or files had been changed.')),
  branch: word('Whether the run tested the default branch.', ['default', 'change', 'unknown']),
  environment: string('The environment of the run.'),
  outcome: word('How the test ended.', ['passed', 'failed', 'error', 'skipped']),
  attempts: integer('Its attempts in this run.'),
  flaky: boolean('Whether it passed and failed in this run.'),
});

/** A line. */
export function pastJson({ suite, file, className, name }: NamedTest, past: TestPast): object {
  const { endUnixMs, commit = null, branch, environment, outcome, attempts, isFlaky } = past;
  const endedAt = new Date(endUnixMs).toISOString();
  return {
    suite,
    file,
    className,
    name,
    endedAt,
    commit,
    branch,
    environment,
    outcome,
    attempts,
    flaky: isFlaky,
  };
}
