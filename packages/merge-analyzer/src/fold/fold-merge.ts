/**
 * The fold: (state, merge) -> (state, crossings). Pure; it knows no database, clock or configuration but the
 * one it is given. A merge touches two scopes, the global one and its project's, and no other: the caller
 * keeps the map of projects.
 */
import { MERGE_RATES } from '@ephemetry/contract';
import { nextState, type TriggerState } from '@ephemetry/statistics';
import type { AnalyzerConfiguration } from './configuration.ts';
import type { Crossing, Scope } from './crossing.ts';
import type { Merge } from './merge.ts';
import { appendMerge, type MergeWindow } from './merge-window.ts';
import { rateOf } from './rates.ts';
import type { ScopeState, TriggeredRate, Triggers } from './scope-state.ts';

/** The two scopes that one merge touches. */
export interface TouchedScopes {
  readonly global: ScopeState;
  /** Of the merge's own project. */
  readonly project: ScopeState;
}

/** What a merge did. */
export interface Step extends TouchedScopes {
  readonly crossings: readonly Crossing[];
}

/** What a trigger did: its new state, and the crossing if that is one. */
interface Pull {
  readonly state: TriggerState;
  readonly crossing?: Crossing;
}

/**
 * Adds one merge to both of its scopes.
 *
 * First-pass has one trigger, the global one. Rebase conflicts have a global trigger, which also stands for
 * the projects with too few merges, and one for each project, from the merge that fills the project's own
 * window. What the trigger shows at that merge is the project's switch from the global rate to its own: it
 * sets the state and is not a crossing.
 *
 * For a whole history: `foldMerges`.
 */
export function foldMerge(before: TouchedScopes, merge: Merge, configuration: AnalyzerConfiguration): Step {
  const crossings: Crossing[] = [];
  const pullInto = (
    rate: TriggeredRate,
    scope: Scope,
    state: ScopeState,
    window: MergeWindow,
  ): TriggerState => {
    const { state: after, crossing } = pull(rate, scope, state, window, configuration);
    if (crossing !== undefined) crossings.push(crossing);
    return after;
  };
  const { firstPassMergeRate, rebaseConflictRate } = MERGE_RATES;
  const globalScope: Scope = { kind: 'global' };
  const projectScope: Scope = { kind: 'project', project: merge.project };
  const globalWindow = appendMerge(before.global, merge, configuration);
  const projectWindow = appendMerge(before.project, merge, configuration);
  const globalTriggers: Triggers = {
    [firstPassMergeRate]: pullInto(firstPassMergeRate, globalScope, before.global, globalWindow),
    [rebaseConflictRate]: pullInto(rebaseConflictRate, globalScope, before.global, globalWindow),
  };
  const projectTriggers: Triggers = {
    ...before.project.triggers,
    [rebaseConflictRate]: pullInto(rebaseConflictRate, projectScope, before.project, projectWindow),
  };
  return {
    global: { ...globalWindow, triggers: globalTriggers },
    project: { ...projectWindow, triggers: projectTriggers },
    crossings,
  };
}

function pull(
  rate: TriggeredRate,
  scope: Scope,
  before: ScopeState,
  window: MergeWindow,
  configuration: AnalyzerConfiguration,
): Pull {
  const previousState = before.triggers[rate];
  const { thresholds } = configuration.rates[rate];
  const current = rateOf(rate, window, configuration);
  const merge = window.merges.at(-1);
  if (thresholds === undefined || current.kind === 'undefined' || merge === undefined) {
    return { state: previousState };
  }
  const newState = nextState(previousState, current, thresholds);
  const isSwitch = scope.kind === 'project' && before.merges.length < current.minimum;
  if (newState === previousState || isSwitch) return { state: newState };
  const isUp = newState === 'high';
  return {
    state: newState,
    crossing: {
      rate,
      scope,
      direction: isUp ? 'up' : 'down',
      value: current.value,
      n: current.n,
      window: current.minimum,
      threshold: isUp ? thresholds.high : thresholds.low,
      previousState,
      newState,
      merge,
    },
  };
}
