/**
 * The fold: (state, merge) -> (state, crossings). Pure; it knows no database, clock or configuration but the
 * one it is given. A merge touches two scopes, the global one and its project's, and no other: the caller
 * keeps the map of projects.
 */
import { nextState, type Rate, type Thresholds } from '@ephemetry/statistics';
import type { Crossing, Scope } from './crossing.ts';
import type { Merge } from './merge.ts';
import { appendMerge } from './merge-window.ts';
import { hasScope, type RateDefinition } from './rate-definition.ts';
import { rateOf } from './rate-of.ts';
import type { ScopeState } from './scope-state.ts';

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

/**
 * Adds one merge to both of its scopes, and pulls the trigger of each rate that has thresholds there.
 *
 * A rate that falls back to the global one has a trigger for each project, from the merge that fills the project's own
 * window; until then the global trigger stands for it. What the project's trigger shows at that merge is the
 * switch from the global rate to its own: it sets the state and is not a crossing.
 *
 * For a whole history: `foldMerges`.
 */
export function foldMerge(before: TouchedScopes, merge: Merge, rates: readonly RateDefinition[]): Step {
  const crossings: Crossing[] = [];
  const note = (crossing: Crossing): void => {
    crossings.push(crossing);
  };
  return {
    global: foldScope({ kind: 'global' }, before.global, merge, rates, note),
    project: foldScope({ kind: 'project', project: merge.project }, before.project, merge, rates, note),
    crossings,
  };
}

function foldScope(
  scope: Scope,
  before: ScopeState,
  merge: Merge,
  rates: readonly RateDefinition[],
  note: (crossing: Crossing) => void,
): ScopeState {
  const { merges, counts } = appendMerge(before, merge, rates);
  let { triggers } = before;
  for (const rate of rates) {
    const { name, thresholds } = rate;
    if (thresholds === undefined || !hasScope(rate, scope)) continue;
    const now = rateOf(rate, { merges, counts });
    const previousState = triggers[name] ?? 'unknown';
    const newState = nextState(previousState, now, thresholds);
    if (now.kind === 'undefined' || newState === previousState) continue;
    triggers = { ...triggers, [name]: newState };
    if (isSwitch(rate, scope, before)) continue;
    note(crossingOf({ rate: name, scope, now, thresholds, previousState, newState, merge }));
  }
  return { merges, counts, triggers };
}

/** Whether a project changes from the global rate to its own with this merge. */
function isSwitch({ scopes, window }: RateDefinition, scope: Scope, before: ScopeState): boolean {
  return scope.kind === 'project' && scopes === 'projectElseGlobal' && before.merges.length < window;
}

function crossingOf({
  now,
  thresholds,
  ...known
}: Pick<Crossing, 'rate' | 'scope' | 'previousState' | 'newState' | 'merge'> & {
  readonly now: Rate & { readonly kind: 'defined' };
  readonly thresholds: Thresholds;
}): Crossing {
  const isUp = known.newState === 'high';
  const { value, n, minimum: window } = now;
  const threshold = isUp ? thresholds.high : thresholds.low;
  return { ...known, direction: isUp ? 'up' : 'down', value, n, window, threshold };
}
