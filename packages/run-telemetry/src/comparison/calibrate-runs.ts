/**
 * How often a comparison would raise an alarm where nothing changed, on somebody's own runs: a baseline is split within strata
 * into halves, many times, and the halves are compared.
 */
import { type Interval, wilsonInterval } from '@ephemetry/statistics';
import type { AgentRun } from '../facts/agent-run.ts';
import { type ComparisonOptions, compareRuns } from './compare-runs.ts';
import type { MetricName } from './metrics.ts';
import { seededUniform } from './seeded-uniform.ts';

/** What the halves said of each other. */
export interface Calibration {
  readonly repetitions: number;
  /** Comparisons that called anything degraded. */
  readonly degraded: number;
  /** 95 % of the share of such comparisons. */
  readonly interval: Interval;
  /** Comparisons in which nothing could be tested. */
  readonly untested: number;
  /** Comparisons by the metric that was called degraded; one may have several. */
  readonly byMetric: ReadonlyMap<MetricName, number>;
}

const CALIBRATIONS = 200;

/**
 * Splits and compares. The seeds are fixed: the same runs give the same answer.
 *
 * @param repetitions - 1 or more; 200 where nothing else is said
 */
export function calibrateRuns(
  runs: readonly AgentRun[],
  options: ComparisonOptions = {},
  repetitions: number = CALIBRATIONS,
): Calibration {
  const strata = strataOf(runs);
  const byMetric = new Map<MetricName, number>();
  let [degraded, untested] = [0, 0];
  for (let seed = 1; seed <= repetitions; seed += 1) {
    const [left, right] = splitWithin(strata, seededUniform(seed));
    const { slices } = compareRuns(left, right, options);
    const worse = new Set(
      slices.filter(({ verdict }) => verdict === 'degraded').map(({ metric }) => metric.name),
    );
    for (const name of worse) byMetric.set(name, (byMetric.get(name) ?? 0) + 1);
    if (worse.size > 0) degraded += 1;
    if (slices.every(({ pAdjusted, metric }) => pAdjusted === undefined || metric.name === 'unfinished'))
      untested += 1;
  }
  return { repetitions, degraded, interval: wilsonInterval(degraded, repetitions), untested, byMetric };
}

/** Runs of one scenario and model, in the order of their ids. */
function strataOf(runs: readonly AgentRun[]): readonly (readonly AgentRun[])[] {
  const strata = new Map<string, AgentRun[]>();
  for (const run of runs.toSorted((left, right) => (left.runId < right.runId ? -1 : 1))) {
    const key = JSON.stringify([run.scenario, run.model]);
    const stratum = strata.get(key);
    if (stratum === undefined) strata.set(key, [run]);
    else stratum.push(run);
  }
  return [...strata.values()];
}

/** Halves of each stratum; chance decides which half gets the odd run. */
function splitWithin(
  strata: readonly (readonly AgentRun[])[],
  uniform: () => number,
): readonly [readonly AgentRun[], readonly AgentRun[]] {
  const halves: [AgentRun[], AgentRun[]] = [[], []];
  for (const stratum of strata) {
    const offset = uniform() < 0.5 ? 0 : 1;
    for (const [index, run] of shuffled(stratum, uniform).entries())
      halves[(index + offset) % 2 === 0 ? 0 : 1].push(run);
  }
  return halves;
}

/** @see Fisher and Yates, Statistical Tables (1938) */
function shuffled<Item>(items: readonly Item[], uniform: () => number): readonly Item[] {
  const left = [...items];
  const drawn: Item[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(uniform() * left.length), 1));
  return drawn;
}
