import type { MergeRate } from '@ephemetry/contract';
import type { TriggerState } from '@ephemetry/statistics';
import { EMPTY_WINDOW, type MergeWindow } from './merge-window.ts';

/** Where each trigger of a scope stands, by its rate; a trigger that is not there is `unknown`. */
export type Triggers = Readonly<Partial<Record<MergeRate, TriggerState>>>;

/** All that the rates of one scope (the globe, or one project) depend on. */
export interface ScopeState extends MergeWindow {
  readonly triggers: Triggers;
}

/** A scope before its first merge. */
export const EMPTY_SCOPE: ScopeState = { ...EMPTY_WINDOW, triggers: {} };
