/** Both windows of a comparison before anything is tested: each run once, in an order that is always the same. */
import { GROUPS_NEEDED } from '@ephemetry/statistics';
import type { AgentRun } from '../facts/agent-run.ts';
import { type PlacedRun, placeRuns, type Strata } from './strata.ts';

/** Runs of two windows, put into strata. */
export interface PairedWindows {
  readonly strata: Strata;
  /** Runs of the current window alone. */
  readonly current: readonly AgentRun[];
  /** Current runs that the baseline has too: they stay there alone. */
  readonly inBoth: number;
  /** Days or jobs of the window with fewer of them. */
  readonly groups: number;
  /** Whether these are enough to tell how they differ. */
  readonly hasGroups: boolean;
}

/** Cancelled runs are left out. */
export function pairWindows(baseline: readonly AgentRun[], current: readonly AgentRun[]): PairedWindows {
  // Sums of floating point depend on their order.
  const before = sorted(baseline);
  const known = new Set(before.map(({ runId }) => runId));
  const others = sorted(current.filter(({ runId }) => !known.has(runId)));
  const isIn = ({ state }: AgentRun): boolean => state !== 'cancelled';
  const strata = placeRuns(before.filter(isIn), others.filter(isIn));
  const groups = fewestGroups(strata.runs);
  return {
    strata,
    current: others,
    inBoth: current.length - others.length,
    groups,
    hasGroups: groups >= GROUPS_NEEDED,
  };
}

function sorted(runs: readonly AgentRun[]): readonly AgentRun[] {
  return runs.toSorted((left, right) => (left.runId < right.runId ? -1 : 1));
}

/** Of the window with fewer of them. */
function fewestGroups(runs: readonly PlacedRun[]): number {
  const groups = { baseline: new Set<string>(), current: new Set<string>() };
  for (const { run, window } of runs) groups[window].add(run.group ?? '');
  return Math.min(groups.baseline.size, groups.current.size);
}
