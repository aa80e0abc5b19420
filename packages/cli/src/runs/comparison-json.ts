/** A comparison as `runs compare --json` prints it: names are those of the documented object. */
import {
  type AgentRun,
  type Comparison,
  type ExplainedSlice,
  FAILURE_CLASSES,
  type HintedCluster,
  METRIC_NAMES,
  runsDigest,
  summarise,
  VERDICTS,
} from '@ephemetry/run-telemetry';
import {
  integer,
  type JsonSchema,
  list,
  nullable,
  number,
  object,
  type Properties,
  string,
  word,
} from '../command-line/json-schema.ts';
import { HINT_JSON, hintJson } from './triage-json.ts';

/** The object. Names that runs chose are values in it, never keys. */
export function comparisonJson(
  comparison: Comparison,
  hinted: readonly HintedCluster[],
  baseline: readonly AgentRun[],
  current: readonly AgentRun[],
): object {
  const { verdict, statistics, strata, slices, clusters, differs, lost, leftOut, warnings } = comparison;
  const clusterJson = (wanted: string): readonly object[] =>
    clusters.filter((each) => each.verdict === wanted).map(clusterOf);
  return {
    verdict,
    statistics,
    baseline: { runs: baseline.length, digest: runsDigest(baseline) },
    current: { runs: current.length, digest: runsDigest(current) },
    strata: strata.by,
    slices: slices.map(sliceJson),
    clusters: {
      new: clusterJson('new'),
      more: clusterJson('more'),
      fewer: clusterJson('fewer'),
      gone: clusterJson('gone'),
      first_seen: clusterJson('first_seen'),
    },
    hints: hinted.map(({ cluster, class: name, label, hints }) => ({
      cluster,
      class: name,
      label,
      hints: hints.map(hintJson),
    })),
    differs,
    lost_scenarios: { scenarios: lost.scenarios, expected_by_chance: lost.expectedByChance },
    left_out: {
      cancelled: leftOut.cancelled,
      unpaired: leftOut.unpaired,
      success_unknown: leftOut.successUnknown,
      suspect_durations: leftOut.suspectDurations.map(({ runId, saidMs, observedMs }) => ({
        run: runId,
        said_ms: saidMs,
        observed_ms: observedMs,
      })),
      in_both: leftOut.inBoth,
      untested_slices: leftOut.untestedSlices,
    },
    warnings,
  };
}

function sliceJson(judged: ExplainedSlice): object {
  const { metric, slice, verdict, measured, pAdjusted, level, use, explained, examples } = judged;
  const { change } = measured;
  const { crude, mix, detectable, runsNeeded } = summarise(judged);
  return {
    metric: metric.name,
    dimension: slice.dimension,
    value: slice.value,
    verdict,
    baseline: windowJson(judged, 'baseline'),
    current: windowJson(judged, 'current'),
    change: known(change?.estimate),
    interval: change === undefined ? null : [known(change.interval.low), known(change.interval.high)],
    p: known(change?.p.worse),
    p_adjusted: known(pAdjusted?.worse),
    level: known(level),
    detectable: known(detectable),
    runs_needed: known(runsNeeded),
    strata: measured.strata,
    groups: { n: change?.dispersion.groups ?? 0, phi: change?.dispersion.phi ?? 1 },
    crude: known(crude),
    mix: known(mix),
    use: use ?? null,
    explained,
    examples: examples.map(({ scenario, passedRun, failedRun, partsAt }) => ({
      scenario: scenario ?? null,
      passed_run: passedRun,
      failed_run: failedRun,
      parts_at: partsAt?.step ?? null,
    })),
  };
}

function windowJson({ measured }: ExplainedSlice, window: 'baseline' | 'current'): object {
  const { value, n, unknown, quantiles } = measured[window];
  return { value: known(value), n, unknown, p95: known(quantiles?.p95), p99: known(quantiles?.p99) };
}

function clusterOf({
  failure,
  label,
  runs,
  change,
  interval,
  pAdjusted,
}: Comparison['clusters'][number]): object {
  return {
    cluster: failure.cluster,
    class: failure.class,
    label,
    baseline_runs: runs.baseline,
    current_runs: runs.current,
    change,
    interval: [interval.low, interval.high],
    p_adjusted: known(pAdjusted),
  };
}

/** JSON has no unbounded number. */
function known(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

const counts = (what: string): JsonSchema =>
  object(what, { baseline: integer('In the baseline.'), current: integer('In the current window.') });
const maybeNumber = (description: string): JsonSchema => nullable(number(description));

const WINDOW: Properties = {
  value: maybeNumber('A share, or a median; null without a run.'),
  n: integer('Runs whose value is known.'),
  unknown: integer('Finished runs that do not tell it.'),
  p95: maybeNumber('The nearest rank; null for shares.'),
  p99: maybeNumber('The nearest rank; null for shares.'),
};

const SLICE: JsonSchema = object('A metric of a slice.', {
  metric: word('What is compared.', METRIC_NAMES),
  dimension: string('all, a dimension, or two with a star.'),
  value: string('The value of the dimension; empty for all runs.'),
  verdict: word('What is said of it.', Object.keys(VERDICTS)),
  baseline: object('The baseline.', WINDOW),
  current: object('The current window.', WINDOW),
  change: maybeNumber(
    'Within strata: a difference of shares, or a ratio; null where nothing can be compared.',
  ),
  interval: nullable(list('95 %, low and high; null for unbounded.', nullable(number('An end.')))),
  p: maybeNumber('One-sided, that it is as much worse by chance.'),
  p_adjusted: maybeNumber('The same, adjusted within its family; null where it was not tested.'),
  level: maybeNumber("The level of the family's strictest step."),
  detectable: maybeNumber('The smallest change that is found four times in five.'),
  runs_needed: maybeNumber('Runs of each scenario and window that 5 points would need.'),
  strata: integer('Strata with runs in both windows.'),
  groups: object('Days or jobs.', {
    n: integer('In the window with fewer of them.'),
    phi: number('How much more they differ than their runs explain.'),
  }),
  crude: maybeNumber('The change of all runs, also those without a partner.'),
  mix: maybeNumber('What of the crude change is a change of mix; null for ratios.'),
  use: nullable(
    object('Shares of runs that use the tool, where they moved.', {
      baseline: number('In the baseline.'),
      current: number('In the current window.'),
    }),
  ),
  explained: list(
    'The change of success as a sum over clusters of failures.',
    object('One cluster.', {
      cluster: string('Its id.'),
      class: word('Its class.', FAILURE_CLASSES),
      label: string('What it says.'),
      change: number('What it adds; negative where more runs fail by it.'),
    }),
  ),
  examples: list(
    'Pairs of runs of one stratum.',
    object('A pair.', {
      scenario: nullable(string('Their scenario.')),
      passed_run: string('Passed before.'),
      failed_run: string('Failed now.'),
      parts_at: nullable(integer('The first step in which they differ, counted from 1.')),
    }),
  ),
});

const CLUSTERS = (what: string): JsonSchema =>
  list(
    what,
    object('A cluster of failures.', {
      cluster: string('Its id.'),
      class: word('Its class.', FAILURE_CLASSES),
      label: string('What it says.'),
      baseline_runs: integer('Runs that have it in the baseline.'),
      current_runs: integer('Runs that have it now.'),
      change: number('Of the share of runs, within strata.'),
      interval: list('95 %, low and high.', number('An end.')),
      p_adjusted: maybeNumber('That it became more by chance, adjusted; null where it was not tested.'),
    }),
  );

const WINDOW_RUNS: Properties = {
  runs: integer('Runs that were selected.'),
  digest: string('Equal for equal runs.'),
};

/** What {@link comparisonJson} makes. */
export const COMPARISON_JSON: JsonSchema = object('A comparison.', {
  verdict: word('What is said of it as a whole.', [
    'degraded',
    'improved',
    'no_difference',
    'suspect',
    'too_few_runs',
    'not_comparable',
  ]),
  statistics: string('The version of the rules.'),
  baseline: object('The baseline.', WINDOW_RUNS),
  current: object('The current window.', WINDOW_RUNS),
  strata: word('What runs are compared within.', ['scenario and model', 'scenario', 'nothing']),
  slices: list('Every metric of every slice.', SLICE),
  clusters: object('Failures that changed.', {
    new: CLUSTERS('In no baseline run.'),
    more: CLUSTERS('In more runs.'),
    fewer: CLUSTERS('In fewer runs.'),
    gone: CLUSTERS('In no current run.'),
    first_seen: CLUSTERS('In no baseline run, and in no more current ones than chance explains.'),
  }),
  hints: list(
    'What to do about clusters that are new, became more, or explain what is worse.',
    object('A cluster.', {
      cluster: string('Its id.'),
      class: word('Its class.', FAILURE_CLASSES),
      label: string('What it says.'),
      hints: list('Only those whose evidence is there.', HINT_JSON),
    }),
  ),
  differs: list(
    'Models, versions and settings whose share moved.',
    object('A value.', {
      name: string('model, agent_version or config.NAME.'),
      value: string('The value.'),
      baseline: number('Its share of baseline runs.'),
      current: number('Its share of current runs.'),
    }),
  ),
  lost_scenarios: object('Scenarios too small to judge that passed always, and never now.', {
    scenarios: list('Their names.', string('A scenario.')),
    expected_by_chance: number('So many chance alone would list.'),
  }),
  left_out: object('What is in no figure.', {
    cancelled: counts('Cancelled runs.'),
    unpaired: counts('Runs without a partner in the other window.'),
    success_unknown: counts('Finished runs of which nobody says whether they succeeded.'),
    suspect_durations: list(
      'Durations that events contradict by a power of 1000.',
      object('A run.', {
        run: string('Its id.'),
        said_ms: number('What it says.'),
        observed_ms: number('What lies between its events.'),
      }),
    ),
    in_both: integer('Current runs that the baseline has too.'),
    untested_slices: integer('Slices beyond those that are tested.'),
  }),
  warnings: list('What to know when reading it.', string('A sentence.')),
});
