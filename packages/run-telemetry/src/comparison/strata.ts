/** Which runs may be compared with which: those of one scenario with one model. */
import type { AgentRun } from '../facts/agent-run.ts';

export type Window = 'baseline' | 'current';

/** A run of one window with its stratum. */
export interface PlacedRun {
  readonly run: AgentRun;
  readonly window: Window;
  readonly stratum: number;
}

/** How runs were put into strata. */
export interface Strata {
  readonly by: 'scenario and model' | 'scenario' | 'nothing';
  readonly runs: readonly PlacedRun[];
  /** Scenarios by the numbers of their strata. */
  readonly scenarios: readonly (string | undefined)[];
  /** Runs of a stratum that only their own window has. */
  readonly unpaired: { readonly baseline: number; readonly current: number };
  readonly warnings: readonly string[];
}

/** Of each window so many runs must have a partner; else models are taken together. */
const PARTNERS = 0.9;

/** Runs without a scenario form one stratum. */
export function placeRuns(baseline: readonly AgentRun[], current: readonly AgentRun[]): Strata {
  const all = [...baseline, ...current];
  const withoutScenario = all.filter(({ scenario }) => scenario === undefined).length;
  const fine = placedBy(baseline, current, ({ scenario, model }) => JSON.stringify([scenario, model]));
  const coarse = placedBy(baseline, current, ({ scenario }) => JSON.stringify([scenario]));
  const isFine = partners(fine, 'baseline') >= PARTNERS && partners(fine, 'current') >= PARTNERS;
  const placed = isFine ? fine : coarse;
  const warnings: string[] = [];
  if (withoutScenario === all.length && all.length > 0)
    warnings.push('no run has a scenario: a change of mix cannot be told apart from a change of the runs');
  else if (withoutScenario > 0)
    warnings.push(
      `${withoutScenario} runs without a scenario are compared as one: their mix may have changed`,
    );
  if (!isFine && withoutScenario < all.length)
    warnings.push(
      'fewer than 9 of 10 runs have a partner of their scenario and model: runs of one scenario are compared whatever their model is',
    );
  return {
    by: withoutScenario === all.length ? 'nothing' : isFine ? 'scenario and model' : 'scenario',
    ...placed,
    warnings,
  };
}

type Placed = Pick<Strata, 'runs' | 'scenarios' | 'unpaired'>;

function placedBy(
  baseline: readonly AgentRun[],
  current: readonly AgentRun[],
  keyOf: (run: AgentRun) => string,
): Placed {
  const numbers = new Map<string, number>();
  const scenarios: (string | undefined)[] = [];
  const windows: { baseline: number; current: number }[] = [];
  const place =
    (window: Window) =>
    (run: AgentRun): PlacedRun => {
      const key = keyOf(run);
      const stratum = numbers.get(key) ?? numbers.size;
      if (!numbers.has(key)) {
        numbers.set(key, stratum);
        scenarios.push(run.scenario);
        windows.push({ baseline: 0, current: 0 });
      }
      const counts = windows[stratum];
      if (counts !== undefined) counts[window] += 1;
      return { run, window, stratum };
    };
  const runs = [...baseline.map(place('baseline')), ...current.map(place('current'))];
  const unpaired = { baseline: 0, current: 0 };
  for (const counts of windows) {
    if (counts.current === 0) unpaired.baseline += counts.baseline;
    if (counts.baseline === 0) unpaired.current += counts.current;
  }
  return { runs, scenarios, unpaired };
}

function partners({ runs, unpaired }: Placed, window: Window): number {
  const all = runs.filter((each) => each.window === window).length;
  return all === 0 ? 1 : 1 - unpaired[window] / all;
}
