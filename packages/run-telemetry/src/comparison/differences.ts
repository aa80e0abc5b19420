/** What else is not the same in both windows: models, versions, settings; and scenarios that are lost. */
import type { AgentRun } from '../facts/agent-run.ts';
import type { PlacedRun, Window } from './strata.ts';

/** A value whose share of runs moved. */
export interface MovedValue {
  /** `model`, `agent_version` or `config.NAME`. */
  readonly name: string;
  readonly value: string;
  readonly baseline: number;
  readonly current: number;
}

const SHOWN = 20;
/** Below this, shares move by themselves. */
const LEAST_MOVE = 0.05;

/** Values whose share moved by 5 points or more, the largest move first. */
export function findDifferences(runs: readonly PlacedRun[]): readonly MovedValue[] {
  const totals = { baseline: 0, current: 0 };
  const counts = new Map<string, { name: string; value: string; baseline: number; current: number }>();
  for (const { run, window } of runs) {
    totals[window] += 1;
    for (const [name, value] of describedBy(run)) {
      const key = JSON.stringify([name, value]);
      const entry = counts.get(key) ?? { name, value, baseline: 0, current: 0 };
      entry[window] += 1;
      counts.set(key, entry);
    }
  }
  const share = (count: number, window: Window): number => count / Math.max(1, totals[window]);
  return [...counts.values()]
    .map(({ name, value, baseline, current }) => ({
      name,
      value,
      baseline: share(baseline, 'baseline'),
      current: share(current, 'current'),
    }))
    .filter((moved) => moveOf(moved) >= LEAST_MOVE)
    .sort(
      (left, right) =>
        moveOf(right) - moveOf(left) || (left.name + left.value < right.name + right.value ? -1 : 1),
    )
    .slice(0, SHOWN);
}

function moveOf({ baseline, current }: MovedValue): number {
  return Math.abs(current - baseline);
}

function describedBy(run: AgentRun): readonly (readonly [string, string])[] {
  const single = [
    ['model', run.model],
    ['agent_version', run.agentVersion],
  ] as const;
  return [
    ...single.flatMap(([name, value]) => (value === undefined ? [] : ([[name, value]] as const))),
    ...Object.entries(run.config).map(([name, value]) => [`config.${name}`, value] as const),
  ];
}

/** Scenarios too small to judge that passed in every baseline run and in no current one. */
export interface LostScenarios {
  readonly scenarios: readonly string[];
  /** So many chance alone would list. */
  readonly expectedByChance: number;
}

/** Looks at scenarios with fewer than `needed` runs in a window. */
export function findLostScenarios(runs: readonly PlacedRun[], needed: number): LostScenarios {
  const counts = new Map<string, Record<Window, { passed: number; n: number }>>();
  for (const { run, window } of runs) {
    if (run.scenario === undefined || run.state !== 'finished' || run.success === undefined) continue;
    const entry = counts.get(run.scenario) ?? {
      baseline: { passed: 0, n: 0 },
      current: { passed: 0, n: 0 },
    };
    counts.set(run.scenario, entry);
    entry[window].n += 1;
    if (run.success) entry[window].passed += 1;
  }
  const scenarios: string[] = [];
  let expectedByChance = 0;
  for (const [scenario, { baseline, current }] of counts) {
    if (Math.min(baseline.n, current.n) >= needed || baseline.n === 0 || current.n === 0) continue;
    // Given how many passed in all: it can only be listed where these are as many as the baseline has runs.
    if (baseline.passed + current.passed !== baseline.n) continue;
    expectedByChance += 1 / waysToChoose(baseline.n + current.n, baseline.n);
    if (current.passed === 0) scenarios.push(scenario);
  }
  return { scenarios: scenarios.sort(), expectedByChance };
}

function waysToChoose(all: number, chosen: number): number {
  let ways = 1;
  for (let index = 1; index <= chosen; index += 1) ways = (ways * (all - chosen + index)) / index;
  return ways;
}
