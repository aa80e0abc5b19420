/** Tests of the default branch that stopped passing, or began to pass, since the last run of an earlier commit. Pure. */
import { categoryIn, outcomeIn } from '../judging/test-state.ts';
import type { RunTests } from '../judging/test-table.ts';
import { isBad } from '../outcome.ts';
import { turned, verdictOf } from './flips.ts';
import { keyOf, type StoredContent, stateIn } from './run-content.ts';

/** How many tests of one category changed. */
export interface Transitions {
  readonly broken: number;
  readonly fixed: number;
}

/**
 * Counts them by the place of their category.
 *
 * @param base the last run of an earlier commit
 * @param counted runs of the same commit that were counted before: what changed in them is known
 */
export function transitionsOf(
  tests: RunTests,
  content: StoredContent,
  base: StoredContent,
  counted: readonly StoredContent[],
): ReadonlyMap<number, Transitions> {
  const changed = new Set(turned(base, content));
  for (const key of changed) {
    const now = verdictOf(stateIn(content, key));
    if (counted.some((each) => verdictOf(stateIn(each, key)) === now)) changed.delete(key);
  }
  const byCategory = new Map<number, Transitions>();
  if (changed.size === 0) return byCategory;
  for (let index = 0; index < tests.size; index++) {
    // Each once, also where several tests have one name.
    if (!changed.delete(keyOf(tests.fingerprintAt(index)))) continue;
    const state = tests.stateAt(index);
    const kind = isBad(outcomeIn(state)) ? 'broken' : 'fixed';
    const before = byCategory.get(categoryIn(state)) ?? { broken: 0, fixed: 0 };
    byCategory.set(categoryIn(state), { ...before, [kind]: before[kind] + 1 });
  }
  return byCategory;
}
