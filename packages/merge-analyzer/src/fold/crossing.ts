import type { MergeRate } from '@ephemetry/contract';
import type { Fraction, TriggerState } from '@ephemetry/statistics';
import type { Merge } from './merge.ts';

/** All merges, or those of one project. */
export type Scope = { readonly kind: 'global' } | { readonly kind: 'project'; readonly project: string };

/** A rate reached the other of its two thresholds, by this merge. */
export interface Crossing {
  readonly rate: MergeRate;
  readonly scope: Scope;
  /** `up` reached the high threshold, `down` the low one. */
  readonly direction: 'up' | 'down';
  readonly value: Fraction;
  readonly n: number;
  readonly window: number;
  /** The threshold that was reached. */
  readonly threshold: Fraction;
  readonly previousState: TriggerState;
  readonly newState: TriggerState;
  readonly merge: Merge;
}

/**
 * A scope as one word: `global`, or `project:` and the project's name, so that a project called `global`
 * is not mistaken for it.
 */
export function formatScope(scope: Scope): string {
  return scope.kind === 'global' ? 'global' : `project:${scope.project}`;
}

/**
 * Reads what {@link formatScope} wrote.
 *
 * @returns undefined when the text is neither `global` nor `project:` with a name.
 */
export function parseScope(text: string): Scope | undefined {
  if (text === 'global') return { kind: 'global' };
  const project = /^project:(.+)$/s.exec(text)?.[1];
  return project === undefined ? undefined : { kind: 'project', project };
}
