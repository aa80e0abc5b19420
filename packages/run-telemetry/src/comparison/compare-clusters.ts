/** Which failures became more, fewer, new or gone. They have a budget of their own, apart from that of the metrics. */
import {
  benjaminiHochberg,
  type Dispersion,
  dispersed,
  groupDispersion,
  INDEPENDENT,
  type Interval,
  type OneSided,
  rateTest,
  riskDifference,
} from '@ephemetry/statistics';
import { failuresOf } from '../facts/agent-run.ts';
import { clusterLabel, type Failure } from '../failure/failure.ts';
import { type ClusterRuns, countClusters } from './cluster-strata.ts';
import type { PlacedRun } from './strata.ts';

/** What became of a cluster. `first_seen` is listed, and never a verdict: it is no more than chance makes of rare failures. */
export type ClusterVerdict = 'new' | 'more' | 'fewer' | 'gone' | 'first_seen' | 'no_difference';

/** A cluster in both windows. */
export interface ComparedCluster {
  readonly failure: Failure;
  readonly label: string;
  readonly verdict: ClusterVerdict;
  /** Runs that have it. */
  readonly runs: { readonly baseline: number; readonly current: number };
  /** Change of the share of runs that have it, within strata. */
  readonly change: number;
  readonly interval: Interval;
  /** Adjusted, that it became more; undefined where it was not tested. */
  readonly pAdjusted: number | undefined;
}

const BUDGET = 0.05;
/** In both windows together: so a cluster that is new is in three current runs at least. */
const TESTED_FROM = 3;

/** Compares every cluster of these runs, those that grew most first. */
export function compareClusters(runs: readonly PlacedRun[], hasGroups: boolean): readonly ComparedCluster[] {
  const failures = new Map<string, Failure>();
  for (const { run } of runs) for (const failure of failuresOf(run)) failures.set(failure.cluster, failure);
  const affected = new Map(runs.map((placed) => [placed, clustersOf(placed)]));
  const runsOf = countClusters(runs, (placed) => affected.get(placed) ?? []);
  const measured = [...failures].map(([cluster, failure]) =>
    measureCluster(failure, runsOf(cluster), () =>
      hasGroups ? dispersionOf(runs, (placed) => affected.get(placed)?.has(cluster) === true) : INDEPENDENT,
    ),
  );
  const tested = measured.filter(({ p }) => p !== undefined);
  const more = benjaminiHochberg(tested.map(({ p }) => p?.higher ?? 1));
  const fewer = benjaminiHochberg(tested.map(({ p }) => p?.lower ?? 1));
  const places = new Map(tested.map((each, index) => [each, index]));
  return measured
    .map((each): ComparedCluster => {
      const { failure, counts, change, interval } = each;
      const place = places.get(each);
      const pMore = place === undefined ? undefined : more[place];
      const pFewer = place === undefined ? undefined : fewer[place];
      return {
        failure,
        label: clusterLabel(failure),
        verdict: verdictOf(counts, pMore ?? 1, pFewer ?? 1),
        runs: counts,
        change,
        interval,
        pAdjusted: pMore,
      };
    })
    .sort(
      (left, right) => right.change - left.change || (left.failure.cluster < right.failure.cluster ? -1 : 1),
    );
}

function clustersOf({ run }: PlacedRun): ReadonlySet<string> {
  return new Set(failuresOf(run).map(({ cluster }) => cluster));
}

interface MeasuredCluster {
  readonly failure: Failure;
  readonly counts: ClusterRuns['counts'];
  /** Undefined where it is not tested. */
  readonly p: OneSided | undefined;
  readonly change: number;
  readonly interval: Interval;
}

function measureCluster(
  failure: Failure,
  { counts, strata }: ClusterRuns,
  lookAtGroups: () => Dispersion,
): MeasuredCluster {
  if (strata.length === 0)
    return { failure, counts, p: undefined, change: 0, interval: { low: -1, high: 1 } };
  const isTested = counts.baseline + counts.current >= TESTED_FROM;
  const p = isTested ? rateTest(strata) : undefined;
  // Groups that differ only make a p-value larger: what is far from the budget needs no look at them.
  const isNear = p !== undefined && Math.min(p.higher, p.lower) <= BUDGET;
  const dispersion = isNear ? lookAtGroups() : INDEPENDENT;
  const { estimate, interval } = riskDifference(strata, dispersion);
  return {
    failure,
    counts,
    p: p === undefined ? undefined : dispersed(p, dispersion),
    change: estimate,
    interval,
  };
}

function dispersionOf(runs: readonly PlacedRun[], has: (placed: PlacedRun) => boolean): Dispersion {
  return groupDispersion(
    runs.map((placed) => ({
      stratum: placed.stratum,
      window: placed.window,
      group: placed.run.group ?? '',
      score: has(placed) ? 1 : 0,
    })),
  );
}

function verdictOf(
  { baseline, current }: { readonly baseline: number; readonly current: number },
  more: number,
  fewer: number,
): ClusterVerdict {
  if (more <= BUDGET) return baseline > 0 ? 'more' : 'new';
  if (fewer <= BUDGET) return current === 0 ? 'gone' : 'fewer';
  return baseline === 0 ? 'first_seen' : 'no_difference';
}
