import { MERGE_RATES } from '@ephemetry/contract';
import type { TriggerState } from '@ephemetry/statistics';
import { EMPTY_WINDOW, type MergeWindow } from './merge-window.ts';

/** The rates that have thresholds. */
export type TriggeredRate = typeof MERGE_RATES.firstPassMergeRate | typeof MERGE_RATES.rebaseConflictRate;

/** Where each trigger of a scope stands. */
export type Triggers = Readonly<Record<TriggeredRate, TriggerState>>;

/** All that the rates of one scope (the globe, or one project) depend on. */
export interface ScopeState extends MergeWindow {
  readonly triggers: Triggers;
}

/** A scope before its first merge. */
export const EMPTY_SCOPE: ScopeState = {
  ...EMPTY_WINDOW,
  triggers: {
    [MERGE_RATES.firstPassMergeRate]: 'unknown',
    [MERGE_RATES.rebaseConflictRate]: 'unknown',
  },
};
