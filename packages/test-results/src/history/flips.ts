/** Which tests passed and failed on one commit, and when the environment is to blame for it. Pure. */

import { isFlakyIn, outcomeIn } from '../judging/test-state.ts';
import { isBad } from '../outcome.ts';
import { keysThatRan, type StoredContent, stateIn } from './run-content.ts';

/** From so many tests on, and this share of those that ran in both runs, the environment is to blame. */
const MASS: { readonly tests: number; readonly share: number } = { tests: 20, share: 0.05 };

/** An earlier run of the same commit in the same environment. */
export interface EarlierRun {
  readonly content: StoredContent;
  /** Tests that were counted as mass when it was recorded. */
  readonly mass: readonly bigint[];
  /** Tests that flipped in it, or between it and a run before it. */
  readonly flipped: readonly bigint[];
}

/** What a run shows, compared with the earlier ones of its commit. Each test once for a commit. */
export interface Flips {
  /** Passed and failed in this run. */
  readonly retry: readonly bigint[];
  /** Passed in one run and failed in another. */
  readonly rerun: readonly bigint[];
  /** The same, in such numbers that no test is blamed. */
  readonly mass: readonly bigint[];
}

/** Compares a run with the earlier ones of its commit. */
export function flipsOf(content: StoredContent, earlier: readonly EarlierRun[]): Flips {
  const retry = [...content.otherKeys].filter((_, index) => isFlakyIn(content.otherStates[index] ?? 0));
  const known = new Set([...retry, ...earlier.flatMap(({ flipped }) => flipped)]);
  const knownMass = new Set(earlier.flatMap(({ mass }) => mass));
  const rerun = new Set<bigint>();
  const mass = new Set<bigint>();
  for (const before of earlier) {
    const flipped = turned(before.content, content);
    const isMass = flipped.length >= MASS.tests && isShareOf(before.content, content, flipped.length);
    for (const key of flipped)
      if (isMass && !knownMass.has(key)) mass.add(key);
      else if (!isMass && !known.has(key)) rerun.add(key);
  }
  // A test of which the environment is to blame on this commit is not blamed by another pair of its runs.
  const blamed = [...rerun].filter((key) => !mass.has(key) && !knownMass.has(key));
  return { retry, rerun: blamed, mass: [...mass] };
}

/** Tests that passed in one run and failed in the other. Those that passed at once in both need no look. */
export function turned(before: StoredContent, after: StoredContent): readonly bigint[] {
  const candidates = new Set([...before.otherKeys, ...after.otherKeys]);
  return [...candidates].filter((key) => {
    const one = verdictOf(stateIn(before, key));
    const other = verdictOf(stateIn(after, key));
    return one !== undefined && other !== undefined && one !== other;
  });
}

/** Skipped is no evidence. */
export function verdictOf(state: number | undefined): 'passed' | 'failed' | undefined {
  if (state === undefined) return undefined;
  const outcome = outcomeIn(state);
  if (outcome === 'skipped') return undefined;
  return isBad(outcome) ? 'failed' : 'passed';
}

function isShareOf(before: StoredContent, after: StoredContent, flips: number): boolean {
  let common = 0;
  for (const key of keysThatRan(after)) if (verdictOf(stateIn(before, key)) !== undefined) common++;
  return flips > MASS.share * common;
}
