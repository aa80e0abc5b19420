/** Strata of many clusters: runs are counted once, not once for each cluster. A message that nobody else has is a cluster too. */
import type { RateStratum } from '@ephemetry/statistics';
import type { PlacedRun, Window } from './strata.ts';

/** The runs of one cluster. */
export interface ClusterRuns {
  readonly counts: Readonly<Record<Window, number>>;
  /** All strata with runs in both windows, with the runs of the cluster as events. */
  readonly strata: readonly RateStratum[];
}

/** @param clustersOf - the clusters that a run counts for, each of them once */
export function countClusters(
  runs: readonly PlacedRun[],
  clustersOf: (placed: PlacedRun) => Iterable<string>,
): (cluster: string) => ClusterRuns {
  const totals = new Map<number, Record<Window, number>>();
  const hits = new Map<string, PlacedRun[]>();
  for (const placed of runs) {
    const total = totals.get(placed.stratum) ?? { baseline: 0, current: 0 };
    totals.set(placed.stratum, total);
    total[placed.window] += 1;
    for (const cluster of clustersOf(placed)) {
      const known = hits.get(cluster);
      if (known === undefined) hits.set(cluster, [placed]);
      else known.push(placed);
    }
  }
  const paired = [...totals].filter(([, { baseline, current }]) => baseline > 0 && current > 0);
  const places = new Map(paired.map(([stratum], place) => [stratum, place]));
  // Most strata have no run of most clusters: these are the same objects in every answer.
  const untouched = paired.map(([, { baseline, current }]) => ({
    baseline: { events: 0, n: baseline },
    current: { events: 0, n: current },
  }));
  return (cluster) => {
    const counts = { baseline: 0, current: 0 };
    const strata: RateStratum[] = [...untouched];
    for (const { stratum, window } of hits.get(cluster) ?? []) {
      counts[window] += 1;
      const place = places.get(stratum);
      const before = place === undefined ? undefined : strata[place];
      if (place === undefined || before === undefined) continue;
      const { events, n } = before[window];
      strata[place] = { ...before, [window]: { events: events + 1, n } };
    }
    return { counts, strata };
  };
}
