/** What is known of one cluster in a selection of runs: what lists show of it, and what hints look at. */
import { type AgentRun, failuresOf } from '../facts/agent-run.ts';
import type { Failure } from '../failure/failure.ts';

/** A run with its failures of one cluster. */
export interface AffectedRun {
  readonly run: AgentRun;
  /** One or more. */
  readonly failures: readonly Failure[];
}

/** One cluster among the runs of a selection. */
export interface ClusterFacts {
  /** One of its failures: class, place, code and template are the same in all of them. */
  readonly failure: Failure;
  /** One or more, in the order of their starts. */
  readonly affected: readonly AffectedRun[];
  /** Every run of the selection that was not cancelled. */
  readonly runs: readonly AgentRun[];
}

/** Every cluster of these runs. Cancelled runs are left out, as in comparisons. */
export function findClusters(given: readonly AgentRun[]): readonly ClusterFacts[] {
  const runs = given.filter(({ state }) => state !== 'cancelled').toSorted(byStart);
  const clusters = new Map<string, AffectedRun[]>();
  for (const run of runs) {
    const own = new Map<string, Failure[]>();
    for (const failure of failuresOf(run)) {
      const known = own.get(failure.cluster);
      if (known === undefined) own.set(failure.cluster, [failure]);
      else known.push(failure);
    }
    for (const [cluster, failures] of own) {
      const known = clusters.get(cluster);
      if (known === undefined) clusters.set(cluster, [{ run, failures }]);
      else known.push({ run, failures });
    }
  }
  return [...clusters.values()].flatMap((affected) => {
    const failure = affected[0]?.failures[0];
    return failure === undefined ? [] : [{ failure, affected, runs }];
  });
}

function byStart(left: AgentRun, right: AgentRun): number {
  const apart = (left.startUnixMs ?? 0) - (right.startUnixMs ?? 0);
  return apart === 0 ? (left.runId < right.runId ? -1 : 1) : apart;
}

/** A value, and in how many runs it is. */
export interface CountedValue {
  readonly value: string;
  readonly runs: number;
}

/** Values by the number of their runs, the most frequent first. */
export function countValues(runs: readonly (readonly string[])[]): readonly CountedValue[] {
  const counts = new Map<string, number>();
  for (const values of runs)
    for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, runs: count }))
    .sort((left, right) => right.runs - left.runs || (left.value < right.value ? -1 : 1));
}

/** In how many places of its message something was replaced. */
export function placesOf(affected: readonly AffectedRun[]): number {
  return affected.reduce((most, { failures }) => Math.max(most, failures[0]?.values.length ?? 0), 0);
}
