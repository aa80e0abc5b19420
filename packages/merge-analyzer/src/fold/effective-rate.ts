import { MERGE_RATES } from '@ephemetry/contract';
import type { Rate, TriggerState } from '@ephemetry/statistics';
import type { AnalyzerConfiguration } from './configuration.ts';
import { rateOf } from './rates.ts';
import type { ScopeState } from './scope-state.ts';

/** The rebase conflict rate that holds for a project, and whose it is. */
export interface EffectiveRate {
  /** `global` while the project has fewer merges than the window. */
  readonly source: 'project' | 'global';
  readonly rate: Rate;
  readonly state: TriggerState;
  /** Merges of the project itself, at most the window. */
  readonly ownN: number;
}

/** The project's own rebase conflict rate once its window is full, else the global one. */
export function effectiveConflictRate(
  project: ScopeState,
  global: ScopeState,
  configuration: AnalyzerConfiguration,
): EffectiveRate {
  const rate = MERGE_RATES.rebaseConflictRate;
  const own = rateOf(rate, project, configuration);
  if (own.kind === 'defined') {
    return { source: 'project', rate: own, state: project.triggers[rate], ownN: own.n };
  }
  const shared = rateOf(rate, global, configuration);
  return { source: 'global', rate: shared, state: global.triggers[rate], ownN: own.n };
}
