/** Why success changed: the change as a sum over clusters of failures, and runs that show it. */
import { riskDifference } from '@ephemetry/statistics';
import type { AgentStep } from '../facts/agent-run.ts';
import { clusterLabel, type Failure } from '../failure/failure.ts';
import { countClusters } from './cluster-strata.ts';
import type { PlacedRun } from './strata.ts';

/** What one cluster adds to a change of success; all together are the change. */
export interface Contribution {
  readonly cluster: string;
  readonly class: string;
  readonly label: string;
  /** Negative where more runs fail by it. */
  readonly change: number;
}

/** A run that passed and one that failed, of one stratum. */
export interface ExamplePair {
  readonly scenario: string | undefined;
  readonly passedRun: string;
  readonly failedRun: string;
  /** Undefined where the steps of both are the same. */
  readonly partsAt: PartingStep | undefined;
}

/** The first step in which two runs differ. */
export interface PartingStep {
  /** Counted from 1. */
  readonly step: number;
  readonly passed: AgentStep | undefined;
  readonly failed: AgentStep | undefined;
}

const EXAMPLES = 5;

/** The change of success of these runs as a sum over the clusters of their primary failures, the largest first. */
export function explainChange(runs: readonly PlacedRun[]): readonly Contribution[] {
  const known = runs.filter(({ run }) => run.state === 'finished' && run.success !== undefined);
  const primaries = new Map<string, Failure>();
  for (const { run } of known) if (run.primary !== undefined) primaries.set(run.primary.cluster, run.primary);
  const runsOf = countClusters(known, ({ run: { primary } }) =>
    primary === undefined ? [] : [primary.cluster],
  );
  const contributions = [...primaries].flatMap(([cluster, failure]): readonly Contribution[] => {
    const { strata } = runsOf(cluster);
    if (strata.length === 0) return [];
    const change = -riskDifference(strata).estimate;
    return [{ cluster, class: failure.class, label: clusterLabel(failure), change }];
  });
  return contributions
    .filter(({ change }) => change !== 0)
    .sort(
      (left, right) =>
        Math.abs(right.change) - Math.abs(left.change) || (left.cluster < right.cluster ? -1 : 1),
    );
}

/** Up to five pairs, those of the strata that lost most first. */
export function findExamples(
  runs: readonly PlacedRun[],
  scenarios: readonly (string | undefined)[],
): readonly ExamplePair[] {
  const byStratum = new Map<number, { passed: PlacedRun[]; failed: PlacedRun[] }>();
  for (const placed of runs) {
    const entry = byStratum.get(placed.stratum) ?? { passed: [], failed: [] };
    byStratum.set(placed.stratum, entry);
    if (placed.window === 'baseline' && placed.run.success === true) entry.passed.push(placed);
    if (placed.window === 'current' && placed.run.success === false) entry.failed.push(placed);
  }
  return [...byStratum]
    .filter(([, { passed, failed }]) => passed.length > 0 && failed.length > 0)
    .sort(([a, left], [b, right]) => lossOf(right) - lossOf(left) || a - b)
    .slice(0, EXAMPLES)
    .flatMap(([stratum, { passed, failed }]) => {
      const [before, now] = [passed[0]?.run, failed[0]?.run];
      if (before === undefined || now === undefined) return [];
      return {
        scenario: scenarios[stratum],
        passedRun: before.runId,
        failedRun: now.runId,
        partsAt: partingStep(before.steps, now.steps),
      };
    });
}

function lossOf({
  passed,
  failed,
}: {
  readonly passed: readonly unknown[];
  readonly failed: readonly unknown[];
}): number {
  return Math.min(passed.length, failed.length);
}

/** Steps are equal in type, tool, status and cluster. */
export function partingStep(
  passed: readonly AgentStep[],
  failed: readonly AgentStep[],
): PartingStep | undefined {
  const length = Math.max(passed.length, failed.length);
  for (let index = 0; index < length; index += 1) {
    const [before, now] = [passed[index], failed[index]];
    if (JSON.stringify(before) !== JSON.stringify(now))
      return { step: index + 1, passed: before, failed: now };
  }
  return undefined;
}
