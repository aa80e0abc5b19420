/** Which failures became more, fewer, new or gone. They have a budget of their own, apart from that of the metrics. */
import {
  benjaminiHochberg,
  dispersed,
  groupDispersion,
  type Interval,
  rateTest,
  riskDifference,
} from '@ephemetry/statistics';
import { clusterLabel, type Failure } from '../failure/failure.ts';
import { strataOf } from './explain.ts';
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
  for (const { run } of runs) for (const failure of run.failures) failures.set(failure.cluster, failure);
  const affected = new Map(runs.map((placed) => [placed, clustersOf(placed)]));
  const measured = [...failures].map(([cluster, failure]) =>
    measureCluster(runs, failure, (placed) => affected.get(placed)?.has(cluster) === true, hasGroups),
  );
  const tested = measured.filter(({ isTested }) => isTested);
  const more = benjaminiHochberg(tested.map(({ p }) => p.more));
  const fewer = benjaminiHochberg(tested.map(({ p }) => p.fewer));
  return measured
    .map((each): ComparedCluster => {
      const index = tested.indexOf(each);
      const [pMore, pFewer] = [index < 0 ? 1 : (more[index] ?? 1), index < 0 ? 1 : (fewer[index] ?? 1)];
      const { failure, counts, change, interval } = each;
      return {
        failure,
        label: clusterLabel(failure),
        verdict: verdictOf(counts, pMore, pFewer),
        runs: counts,
        change,
        interval,
        pAdjusted: index < 0 ? undefined : pMore,
      };
    })
    .sort(
      (left, right) => right.change - left.change || (left.failure.cluster < right.failure.cluster ? -1 : 1),
    );
}

function clustersOf({ run }: PlacedRun): ReadonlySet<string> {
  return new Set(run.failures.map(({ cluster }) => cluster));
}

interface MeasuredCluster {
  readonly failure: Failure;
  readonly counts: { readonly baseline: number; readonly current: number };
  readonly isTested: boolean;
  readonly p: { readonly more: number; readonly fewer: number };
  readonly change: number;
  readonly interval: Interval;
}

function measureCluster(
  runs: readonly PlacedRun[],
  failure: Failure,
  has: (placed: PlacedRun) => boolean,
  hasGroups: boolean,
): MeasuredCluster {
  const counts = { baseline: 0, current: 0 };
  for (const placed of runs) if (has(placed)) counts[placed.window] += 1;
  const strata = strataOf(runs, has);
  if (strata.length === 0) {
    const nothing = { change: 0, interval: { low: -1, high: 1 }, p: { more: 1, fewer: 1 } };
    return { failure, counts, isTested: false, ...nothing };
  }
  const plain = rateTest(strata);
  // Groups that differ only make a p-value larger: what is far from the budget needs no look at them.
  const isNear = hasGroups && Math.min(plain.higher, plain.lower) <= BUDGET;
  const dispersion = isNear
    ? groupDispersion(
        runs.map((placed) => ({
          stratum: placed.stratum,
          window: placed.window,
          group: placed.run.group ?? '',
          score: has(placed) ? 1 : 0,
        })),
      )
    : undefined;
  const { estimate, interval } = riskDifference(strata, dispersion);
  const { higher, lower } = dispersion === undefined ? plain : dispersed(plain, dispersion);
  const isTested = counts.baseline + counts.current >= TESTED_FROM;
  return { failure, counts, isTested, p: { more: higher, fewer: lower }, change: estimate, interval };
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
