/** The failures of a selection of runs, grouped: how many, where, since when, what became of them, and what to do. */
import { type ComparedCluster, compareClusters } from '../comparison/compare-clusters.ts';
import { pairWindows } from '../comparison/paired-windows.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { clusterLabel, type Failure } from '../failure/failure.ts';
import { MS_PER_DAY, stepOrigin } from '../selection/time-steps.ts';
import {
  type ClusterFacts,
  type CountedValue,
  countValues,
  findClusters,
  placesOf,
} from './cluster-facts.ts';
import { findHints, type ShownHint } from './find-hints.ts';

/** One cluster of a selection. */
export interface TriagedCluster {
  readonly failure: Failure;
  readonly label: string;
  /** How often it happened; several times in one run are several. */
  readonly failures: number;
  readonly runs: number;
  /** Of all runs of the selection. */
  readonly share: number;
  /** Unsuccessful runs that are counted under it. */
  readonly primaryOf: number;
  readonly scenarios: readonly CountedValue[];
  readonly models: readonly CountedValue[];
  /** The tool that failed; where none did, the tools of its runs. */
  readonly tools: readonly CountedValue[];
  /** Starts of the first and the last run that has it. */
  readonly firstSeenUnixMs: number | undefined;
  readonly lastSeenUnixMs: number | undefined;
  readonly trend: readonly TrendStep[];
  /** What stood in each place of its message, the five most frequent values. */
  readonly values: readonly (readonly CountedValue[])[];
  readonly hints: readonly ShownHint[];
  /** Ids of runs that have it, the newest first. */
  readonly examples: readonly string[];
  /** What became of it; undefined without a baseline. */
  readonly compared: ComparedCluster | undefined;
}

/** A step of time. */
interface TrendStep {
  readonly fromUnixMs: number;
  /** Runs that have the cluster. */
  readonly runs: number;
  /** All runs that started in it. */
  readonly of: number;
}

/** The clusters of a selection. */
export interface Triage {
  /** Those with most runs first; against a baseline those that grew most. */
  readonly clusters: readonly TriagedCluster[];
  /** Runs that were looked at. */
  readonly runs: number;
  readonly cancelled: number;
}

/** How a selection is looked at. */
export interface TriageOptions {
  /** Steps of the trend. @default a day */
  readonly stepMs?: number;
}

const EXAMPLES = 5;
const VALUES = 5;
/** Steps beyond these are left out of a trend, the oldest first. */
const STEPS_LIMIT = 400;

/**
 * Groups the failures of runs.
 *
 * @param baseline - what they are compared with; undefined for nothing
 */
export function triageRuns(
  runs: readonly AgentRun[],
  baseline: readonly AgentRun[] | undefined,
  { stepMs = MS_PER_DAY }: TriageOptions = {},
): Triage {
  const found = findClusters(runs);
  const compared = baseline === undefined ? undefined : comparedById(baseline, runs);
  const totals = countSteps(found[0]?.runs ?? [], stepMs);
  const clusters = found.map((facts) => triaged(facts, totals, stepMs, compared?.get(facts.failure.cluster)));
  const there = new Set(found.map(({ failure }) => failure.cluster));
  const gone = [...(compared?.values() ?? [])]
    .filter(({ runs: counts, failure }) => counts.current === 0 && !there.has(failure.cluster))
    .map((each) => triagedGone(each));
  const cancelled = runs.filter(({ state }) => state === 'cancelled').length;
  return { clusters: [...clusters, ...gone].sort(byWeight), runs: runs.length - cancelled, cancelled };
}

function comparedById(
  baseline: readonly AgentRun[],
  current: readonly AgentRun[],
): ReadonlyMap<string, ComparedCluster> {
  const { strata, hasGroups } = pairWindows(baseline, current);
  return new Map(compareClusters(strata.runs, hasGroups).map((each) => [each.failure.cluster, each]));
}

function triaged(
  facts: ClusterFacts,
  totals: ReadonlyMap<number, number>,
  stepMs: number,
  compared: ComparedCluster | undefined,
): TriagedCluster {
  const { failure, affected, runs } = facts;
  const having = affected.map(({ run }) => run);
  const starts = having.flatMap(({ startUnixMs }) => startUnixMs ?? []);
  return {
    failure,
    label: clusterLabel(failure),
    failures: affected.reduce((sum, { failures }) => sum + failures.length, 0),
    runs: having.length,
    share: having.length / runs.length,
    primaryOf: having.filter(({ primary }) => primary?.cluster === failure.cluster).length,
    scenarios: countValues(having.map(({ scenario }) => (scenario === undefined ? [] : [scenario]))),
    models: countValues(having.map(({ model }) => (model === undefined ? [] : [model]))),
    tools: countValues(
      having.map(({ tools }) => (failure.place === undefined ? [...tools.keys()] : [failure.place])),
    ),
    firstSeenUnixMs: starts[0],
    lastSeenUnixMs: starts.at(-1),
    trend: trendOf(having, totals, stepMs),
    values: valuesOf(facts),
    hints: findHints(facts),
    examples: having
      .slice(-EXAMPLES)
      .reverse()
      .map(({ runId }) => runId),
    compared,
  };
}

/** A cluster that no run of the selection has any more. */
function triagedGone(compared: ComparedCluster): TriagedCluster {
  return {
    failure: compared.failure,
    label: compared.label,
    failures: 0,
    runs: 0,
    share: 0,
    primaryOf: 0,
    scenarios: [],
    models: [],
    tools: [],
    firstSeenUnixMs: undefined,
    lastSeenUnixMs: undefined,
    trend: [],
    values: [],
    hints: [],
    examples: [],
    compared,
  };
}

function valuesOf({ affected, failure }: ClusterFacts): readonly (readonly CountedValue[])[] {
  if (failure.template === '') return [];
  return Array.from({ length: placesOf(affected) }, (_, place) =>
    countValues(affected.map(({ failures }) => failures.flatMap(({ values }) => values[place] ?? []))).slice(
      0,
      VALUES,
    ),
  );
}

function countSteps(runs: readonly AgentRun[], stepMs: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { startUnixMs } of runs) {
    if (startUnixMs === undefined) continue;
    const from = stepOf(startUnixMs, stepMs);
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  return counts;
}

/** Steps in which nothing ran are left out: nothing is known of them. */
function trendOf(
  having: readonly AgentRun[],
  totals: ReadonlyMap<number, number>,
  stepMs: number,
): readonly TrendStep[] {
  const counts = countSteps(having, stepMs);
  return [...totals]
    .sort(([left], [right]) => left - right)
    .slice(-STEPS_LIMIT)
    .map(([fromUnixMs, of]) => ({ fromUnixMs, runs: counts.get(fromUnixMs) ?? 0, of }));
}

function stepOf(unixMs: number, stepMs: number): number {
  const origin = stepOrigin(stepMs);
  return Math.floor((unixMs - origin) / stepMs) * stepMs + origin;
}

/** What is worse first: those that became more, then those with most runs. */
function byWeight(left: TriagedCluster, right: TriagedCluster): number {
  const grown = (right.compared?.change ?? 0) - (left.compared?.change ?? 0);
  if (grown !== 0) return grown;
  return right.runs - left.runs || (left.failure.cluster < right.failure.cluster ? -1 : 1);
}
