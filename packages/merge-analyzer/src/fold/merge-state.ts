import { type AnalyzerConfiguration, ratesOf } from './configuration.ts';
import type { Crossing } from './crossing.ts';
import { foldMerge } from './fold-merge.ts';
import type { Merge } from './merge.ts';
import { EMPTY_SCOPE, type ScopeState } from './scope-state.ts';

/** The state of all scopes. Its size is bounded by windows times projects, whatever the history's length. */
export interface MergeState {
  readonly global: ScopeState;
  readonly projects: ReadonlyMap<string, ScopeState>;
}

/** Before the first merge. */
export const EMPTY_STATE: MergeState = { global: EMPTY_SCOPE, projects: new Map() };

/**
 * Folds merges in order. The state that was given stays as it was.
 *
 * @example
 * ```ts
 * const history = Array.from({ length: 50 }, (_, index) => ({
 *   ordinal: index + 1,
 *   eventId: `event-${index}`,
 *   workItemId: `item-${index}`,
 *   project: 'payments',
 *   attempts: 1,
 *   isRebaseConflict: false,
 *   mergedAt: '2026-01-31T12:00:00.000Z',
 * }));
 * const { crossings } = foldMerges(EMPTY_STATE, history, DEFAULT_CONFIGURATION);
 * console.log(crossings[0]?.direction, crossings[0]?.merge.ordinal); // up 50
 * ```
 */
export function foldMerges(
  before: MergeState,
  merges: Iterable<Merge>,
  configuration: AnalyzerConfiguration,
): { readonly state: MergeState; readonly crossings: readonly Crossing[] } {
  const rates = ratesOf(configuration);
  let { global } = before;
  const projects = new Map(before.projects);
  const crossings: Crossing[] = [];
  for (const merge of merges) {
    const touched = { global, project: projects.get(merge.project) ?? EMPTY_SCOPE };
    const step = foldMerge(touched, merge, rates);
    global = step.global;
    projects.set(merge.project, step.project);
    crossings.push(...step.crossings);
  }
  return { state: { global, projects }, crossings };
}
