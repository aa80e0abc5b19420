import type { Rate, TriggerState } from '@ephemetry/statistics';
import type { RateDefinition } from './rate-definition.ts';
import { rateOf } from './rate-of.ts';
import type { ScopeState } from './scope-state.ts';

/** The rate that holds for a project, and whose it is. */
export interface ProjectRate {
  /** `global` only for a rate that says so, and while the project has fewer merges than the window. */
  readonly source: 'project' | 'global';
  readonly rate: Rate;
  readonly state: TriggerState;
  /** Merges of the project itself, at most the window. */
  readonly ownN: number;
}

/** The project's own rate, or the global one while its window fills if the rate says so. */
export function projectRate(rate: RateDefinition, project: ScopeState, global: ScopeState): ProjectRate {
  const own = rateOf(rate, project);
  const isGlobal = rate.scopes === 'projectElseGlobal' && own.kind === 'undefined';
  const { triggers } = isGlobal ? global : project;
  return {
    source: isGlobal ? 'global' : 'project',
    rate: isGlobal ? rateOf(rate, global) : own,
    state: triggers[rate.name] ?? 'unknown',
    ownN: own.n,
  };
}
