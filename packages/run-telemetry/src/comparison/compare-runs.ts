/** Two windows of runs compared: what became worse, where, why, and how sure that is. The same runs give the same answer. */
import { GROUPS_NEEDED } from '@ephemetry/statistics';
import type { AgentRun } from '../facts/agent-run.ts';
import { metricBudgets } from './budget.ts';
import { type ComparedCluster, compareClusters } from './compare-clusters.ts';
import { findDifferences, findLostScenarios, type LostScenarios, type MovedValue } from './differences.ts';
import { type Contribution, type ExamplePair, explainChange, findExamples } from './explain.ts';
import { chooseSlices, type Family, type JudgedSlice, judgeMetric, showMetric } from './judge-metric.ts';
import { DEFAULT_GATES, METRICS, type MetricName } from './metrics.ts';
import { pairWindows } from './paired-windows.ts';
import {
  type LimitedDimensions,
  limitDimensions,
  type Slice,
  type SliceBy,
  slicesBy,
  wholeSlice,
} from './slices.ts';
import { STATISTICS_VERSION } from './statistics-version.ts';
import type { PlacedRun, Strata, Window } from './strata.ts';
import { createLookAtUse } from './use-change.ts';
import { RUNS_NEEDED } from './verdict.ts';

/** What is compared, and how strictly. */
export interface ComparisonOptions {
  /** @default scenario, model, tool and model*tool */
  readonly by?: readonly SliceBy[];
  /** Metrics that are judged. @default success, tool-failure, duration */
  readonly gates?: readonly MetricName[];
  /** Least changes that count, in points for rates and in percent for others. @default 2 and 10 */
  readonly floors?: ReadonlyMap<MetricName, number>;
}

/** What is said of the comparison as a whole. */
export type ComparisonVerdict =
  | 'degraded'
  | 'improved'
  | 'no_difference'
  | 'suspect'
  | 'too_few_runs'
  | 'not_comparable';

/** A slice with what explains it. */
export interface ExplainedSlice extends JudgedSlice {
  /** Only of success: clusters whose sum is the change. */
  readonly explained: readonly Contribution[];
  /** Only of degraded success. */
  readonly examples: readonly ExamplePair[];
}

/** The answer. */
export interface Comparison {
  readonly verdict: ComparisonVerdict;
  readonly statistics: typeof STATISTICS_VERSION;
  readonly strata: Pick<Strata, 'by' | 'unpaired'>;
  readonly slices: readonly ExplainedSlice[];
  readonly clusters: readonly ComparedCluster[];
  readonly differs: readonly MovedValue[];
  readonly lost: LostScenarios;
  readonly leftOut: LeftOut;
  readonly warnings: readonly string[];
}

/** Runs and values that are in no figure. */
interface LeftOut {
  readonly cancelled: Record<Window, number>;
  readonly unpaired: Record<Window, number>;
  readonly successUnknown: Record<Window, number>;
  readonly suspectDurations: readonly {
    readonly runId: string;
    readonly saidMs: number;
    readonly observedMs: number;
  }[];
  /** Runs that both windows have: they stay in the baseline alone. */
  readonly inBoth: number;
  /** Slices beyond the limit of those that are tested. */
  readonly untestedSlices: number;
}

/** Where nothing else is asked for. */
export const DEFAULT_BY: readonly SliceBy[] = [['scenario'], ['model'], ['tool'], ['model', 'tool']];

/** Compares runs with those of a baseline. */
export function compareRuns(
  baseline: readonly AgentRun[],
  current: readonly AgentRun[],
  { by = DEFAULT_BY, gates = DEFAULT_GATES, floors = new Map() }: ComparisonOptions = {},
): Comparison {
  const paired = pairWindows(baseline, current);
  const { strata, hasGroups } = paired;
  const whole = wholeSlice(strata.runs);
  const dimensions = limitDimensions(strata.runs, by);
  const { families, leftOut } = chooseSlices(familiesOf(whole, by, dimensions));
  const budgets = metricBudgets(gates);
  const useOf = createLookAtUse();
  const slices = METRICS.flatMap((metric) => {
    const budget = budgets.get(metric.name);
    if (budget === undefined) return [showMetric(metric, whole, hasGroups)];
    const judged = metric.name === 'unfinished' ? families.slice(0, 1) : families;
    return judgeMetric(metric, judged, {
      budget,
      floor: floors.get(metric.name) ?? metric.floor,
      hasGroups,
      useOf,
    });
  }).map((slice) => explained(slice, strata));
  return {
    verdict: verdictOf(slices),
    statistics: STATISTICS_VERSION,
    strata: { by: strata.by, unpaired: strata.unpaired },
    slices,
    clusters: compareClusters(strata.runs, hasGroups),
    differs: findDifferences(strata.runs),
    lost: findLostScenarios(strata.runs, RUNS_NEEDED),
    leftOut: {
      cancelled: { baseline: countOut(baseline), current: countOut(paired.current) },
      unpaired: strata.unpaired,
      successUnknown: countUnknown(strata.runs),
      suspectDurations: suspectsOf(strata.runs),
      inBoth: paired.inBoth,
      untestedSlices: leftOut,
    },
    warnings: [
      ...strata.warnings,
      ...groupWarnings(paired.groups),
      ...[...dimensions.values()].flatMap(({ warning }) => warning ?? []),
    ],
  };
}

function familiesOf(whole: Slice, by: readonly SliceBy[], limited: LimitedDimensions): readonly Family[] {
  return [
    { kind: 'whole', slices: [whole] },
    ...by.map(
      (dimensions): Family => ({
        kind: dimensions.length === 1 ? 'singles' : 'pairs',
        slices: slicesBy(whole.runs, dimensions, limited),
      }),
    ),
  ];
}

function explained(judged: JudgedSlice, { scenarios }: Strata): ExplainedSlice {
  const { metric, slice, verdict } = judged;
  const isOfInterest = slice.dimension === 'all' || verdict === 'degraded' || verdict === 'improved';
  if (metric.name !== 'success' || !isOfInterest) return { ...judged, explained: [], examples: [] };
  return {
    ...judged,
    explained: explainChange(slice.runs),
    examples: verdict === 'degraded' ? findExamples(slice.runs, scenarios) : [],
  };
}

/** What could not be judged at all is not good news: it is said as what it is. */
function verdictOf(slices: readonly JudgedSlice[]): ComparisonVerdict {
  const judged = slices.filter(({ verdict }) => verdict !== 'shown');
  if (judged.some(({ verdict }) => verdict === 'degraded')) return 'degraded';
  const wholes = judged.filter(
    ({ slice, metric }) => slice.dimension === 'all' && metric.name !== 'unfinished',
  );
  if (wholes.some(({ verdict }) => verdict === 'suspect')) return 'suspect';
  if (wholes.every(({ verdict }) => verdict === 'not_comparable')) return 'not_comparable';
  // Whoever gates on success must not be told that all is well because durations are alike.
  const success = wholes.find(({ metric }) => metric.name === 'success');
  if (success?.verdict === 'not_comparable') return 'not_comparable';
  const first = wholes.find(({ verdict }) => verdict !== 'not_comparable')?.verdict;
  if (first === 'too_few_runs') return 'too_few_runs';
  return judged.some(({ verdict }) => verdict === 'improved') ? 'improved' : 'no_difference';
}

function groupWarnings(groups: number): readonly string[] {
  if (groups >= GROUPS_NEEDED) return [];
  return [
    `runs are taken as independent: a window has ${groups} groups (days or jobs), and ${GROUPS_NEEDED} are needed to see how they differ`,
  ];
}

function countOut(runs: readonly AgentRun[]): number {
  return runs.filter(({ state }) => state === 'cancelled').length;
}

function countUnknown(runs: readonly PlacedRun[]): Record<Window, number> {
  const counts = { baseline: 0, current: 0 };
  for (const { run, window } of runs)
    if (run.state === 'finished' && run.success === undefined) counts[window] += 1;
  return counts;
}

function suspectsOf(runs: readonly PlacedRun[]): LeftOut['suspectDurations'] {
  return runs.flatMap(({ run: { runId, suspectDuration } }) =>
    suspectDuration === undefined ? [] : [{ runId, ...suspectDuration }],
  );
}
