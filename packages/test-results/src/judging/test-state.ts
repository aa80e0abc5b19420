/** What is known of a test, in 32 bits: its outcome, its attempts, its category. */
import { isBad, OUTCOMES, type Outcome } from '../outcome.ts';
import type { TestCase } from '../test-case.ts';

const PASSED = 1 << 2;
const FAILED = 1 << 3;
const EMPTY = 1 << 4;
const ATTEMPTS_SHIFT = 8;
const ATTEMPTS_LIMIT = 255;
const CATEGORY_SHIFT = 16;
const EVIDENCE = PASSED | FAILED;

/** A test that passed in its only attempt; of its category nothing is known. */
export const PASSED_AT_ONCE: number = PASSED | (1 << ATTEMPTS_SHIFT);

/** A test of which a run says nothing. */
export function skippedState(category: number): number {
  return pack('skipped', 0, 1, category);
}

/** A test as its first case leaves it. */
export function stateOf({ outcome, isEmpty, innerAttempts }: TestCase, category: number): number {
  let evidence = evidenceOf(outcome) | (isEmpty ? EMPTY : 0);
  for (const { kind } of innerAttempts) evidence |= FAILED | (kind === 'flaky' ? PASSED : 0);
  return pack(outcome, evidence, 1 + innerAttempts.length, category);
}

/** The outcome that counts. */
export function outcomeIn(state: number): Outcome {
  return OUTCOMES[state & 3] ?? 'passed';
}

/** Place of the category in its list. */
export function categoryIn(state: number): number {
  return (state >>> CATEGORY_SHIFT) & 0xff;
}

export function attemptsIn(state: number): number {
  return (state >>> ATTEMPTS_SHIFT) & 0xff;
}

/** Whether it both passed and failed. */
export function isFlakyIn(state: number): boolean {
  return (state & EVIDENCE) === EVIDENCE;
}

/** Whether nothing said how the last attempt ended. */
function isEmptyIn(state: number): boolean {
  return (state & EMPTY) !== 0;
}

/** The later attempts of a test decide, but that it is skipped in one of them is no outcome of the others. */
export function laterDecides(earlier: number, later: number): number {
  const decides = outcomeIn(later) === 'skipped' ? earlier : later;
  return together(earlier, later, outcomeIn(decides));
}

/** One attempt that passed is enough, in whatever order they are listed. */
export function passDecides(earlier: number, later: number): number {
  const hasPassed = [earlier, later].some((state) => outcomeIn(state) === 'passed');
  return hasPassed ? together(earlier, later, 'passed') : laterDecides(earlier, later);
}

/** What looked like a pass was an attempt that failed: its runner writes nothing into the case of one that it repeats. */
export function emptyFailed(state: number): number {
  return isEmptyIn(state) ? (state & ~(PASSED | EMPTY)) | FAILED : state;
}

function together(earlier: number, later: number, outcome: Outcome): number {
  const evidence = ((earlier | later) & EVIDENCE) | (later & EMPTY);
  return pack(outcome, evidence, attemptsIn(earlier) + attemptsIn(later), categoryIn(later));
}

function pack(outcome: Outcome, evidence: number, attempts: number, category: number): number {
  const counted = Math.min(attempts, ATTEMPTS_LIMIT) << ATTEMPTS_SHIFT;
  return (OUTCOMES.indexOf(outcome) | evidence | counted | (category << CATEGORY_SHIFT)) >>> 0;
}

function evidenceOf(outcome: Outcome): number {
  if (isBad(outcome)) return FAILED;
  return outcome === 'passed' ? PASSED : 0;
}
