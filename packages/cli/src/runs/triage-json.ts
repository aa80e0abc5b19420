/** Clusters of failures as `runs triage --json` prints them. */
import { FAILURE_CLASSES, type ShownHint, type Triage, type TriagedCluster } from '@ephemetry/run-telemetry';
import type { ClusterState } from '@ephemetry/run-telemetry/store';
import {
  integer,
  type JsonSchema,
  list,
  nullable,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';
import { timeJson } from './time-json.ts';

const CLUSTER_VERDICTS = ['new', 'more', 'fewer', 'gone', 'first_seen', 'no_difference'];

/** The whole answer. */
export function triageJson(
  { runs, cancelled, clusters }: Triage,
  states: ReadonlyMap<string, ClusterState>,
): object {
  return {
    runs,
    cancelled,
    clusters: clusters.map((each) => clusterJson(each, states.get(each.failure.cluster))),
  };
}

/** One cluster. Names that runs chose are values in it, never keys. */
export function clusterJson(
  { failure, compared, ...cluster }: TriagedCluster,
  state: ClusterState | undefined,
): object {
  return {
    cluster: failure.cluster,
    class: failure.class,
    label: cluster.label,
    place: failure.place ?? null,
    code: failure.code ?? null,
    template: failure.template,
    failures: cluster.failures,
    runs: cluster.runs,
    share: cluster.share,
    primary_of: cluster.primaryOf,
    scenarios: cluster.scenarios,
    models: cluster.models,
    tools: cluster.tools,
    first_seen: timeJson(cluster.firstSeenUnixMs),
    last_seen: timeJson(cluster.lastSeenUnixMs),
    trend: cluster.trend.map(({ fromUnixMs, runs, of }) => ({ from: timeJson(fromUnixMs), runs, of })),
    values: cluster.values,
    examples: cluster.examples,
    hints: cluster.hints.map(hintJson),
    compared:
      compared === undefined
        ? null
        : {
            verdict: compared.verdict,
            baseline_runs: compared.runs.baseline,
            change: compared.change,
            interval: [compared.interval.low, compared.interval.high],
            p_adjusted: compared.pAdjusted ?? null,
          },
    state: state === undefined ? null : stateJson(state),
  };
}

/** What users say of a cluster. */
export function stateJson({ note, owner, mutedUntilUnixMs, link, mergedInto }: ClusterState): object {
  return {
    note,
    owner,
    muted_until: timeJson(mutedUntilUnixMs),
    link,
    merged_into: mergedInto,
  };
}

/** A hint with its evidence. */
export function hintJson({ id, title, evidence, steps, page }: ShownHint): object {
  return { id, title, evidence, steps, page };
}

/** What {@link hintJson} makes. */
export const HINT_JSON: JsonSchema = object('What to do.', {
  id: string('Its name.'),
  title: string('In a few words.'),
  evidence: string('What shows that it fits.'),
  steps: list('What to do, in their order.', string('A step.')),
  page: string('Its page, relative to the documentation.'),
});

const COUNTED = (what: string): JsonSchema =>
  list(
    what,
    object('A value.', { value: string('The value.'), runs: integer('Runs of the cluster that have it.') }),
  );

/** What {@link stateJson} makes. */
export const STATE_JSON: JsonSchema = object('What users say of it; null without anything.', {
  note: nullable(string('A note.')),
  owner: nullable(string('Who looks after it.')),
  muted_until: nullable(string('Until then it is not listed.')),
  link: nullable(string('Where it is dealt with.')),
  merged_into: nullable(string('The cluster that it is a part of.')),
});

/** What {@link clusterJson} makes. */
export const CLUSTER_JSON: JsonSchema = object('A cluster of failures.', {
  cluster: string('Its id.'),
  class: word('Its class.', FAILURE_CLASSES),
  label: string('What it says.'),
  place: nullable(string('The tool, source or policy that failed.')),
  code: nullable(string('Its code.')),
  template: string('Its message, with <*> where something was replaced.'),
  failures: integer('How often it happened.'),
  runs: integer('Runs that have it.'),
  share: number('Their share of all runs.'),
  primary_of: integer('Unsuccessful runs that are counted under it.'),
  scenarios: COUNTED('Scenarios of its runs.'),
  models: COUNTED('Models of its runs.'),
  tools: COUNTED('The tool that failed; where none did, those of its runs.'),
  first_seen: nullable(string('Start of the first run that has it.')),
  last_seen: nullable(string('Start of the last run that has it.')),
  trend: list(
    'By step of time.',
    object('A step.', {
      from: nullable(string('Its beginning, in UTC.')),
      runs: integer('Runs that have it.'),
      of: integer('All runs.'),
    }),
  ),
  values: list('The five most frequent values of each place of the message.', COUNTED('One place.')),
  examples: list('Up to five runs, the newest first.', string('A run.')),
  hints: list('What to do about it.', HINT_JSON),
  compared: nullable(
    object('What became of it; null without a baseline.', {
      verdict: word('What is said of it.', CLUSTER_VERDICTS),
      baseline_runs: integer('Runs of the baseline that have it.'),
      change: number('Of the share of runs, within strata.'),
      interval: list('95 %, low and high.', number('An end.')),
      p_adjusted: nullable(number('That it became more by chance, adjusted; null where it was not tested.')),
    }),
  ),
  state: nullable(STATE_JSON),
});

/** What {@link triageJson} makes. */
export const TRIAGE_JSON: JsonSchema = object('The failures of a selection.', {
  runs: integer('Runs that were looked at.'),
  cancelled: integer('Cancelled runs, which were not.'),
  clusters: list('Those that grew most first, else those with most runs.', CLUSTER_JSON),
});
