/** An invented history: agents that do well, struggle, and recover, in two projects. */

/** One line of `ephemetry merges import`. */
export interface HistoryLine {
  readonly work_item_id: string;
  readonly project: string;
  readonly attempts: number;
  readonly last_verdict: string;
  readonly merged_at: string;
}

/** A stretch of time in which agents work equally well. */
interface Phase {
  readonly name: string;
  readonly merges: number;
  /** Every how many merges one needs a second attempt, or a rebase; 0 is never. */
  readonly secondAttemptEvery: number;
  readonly rebaseConflictEvery: number;
}

/** In order. Each is long enough to fill the windows. */
export const PHASES: readonly Phase[] = [
  { name: 'agents do well', merges: 110, secondAttemptEvery: 12, rebaseConflictEvery: 50 },
  { name: 'a large refactoring', merges: 120, secondAttemptEvery: 2, rebaseConflictEvery: 5 },
  { name: 'scopes are tightened', merges: 240, secondAttemptEvery: 15, rebaseConflictEvery: 60 },
];

const START = Date.UTC(2026, 0, 5, 9);
const PAUSE_MS = 7 * 60_000;

/** The merges of one phase; `first` counts on from the phases before it. */
export function historyOf(phase: Phase, first: number): readonly HistoryLine[] {
  return Array.from({ length: phase.merges }, (_, index) => {
    const place = first + index;
    return {
      work_item_id: `WI-${String(place).padStart(4, '0')}`,
      project: place % 2 === 0 ? 'payments' : 'search',
      attempts: isDue(place, phase.secondAttemptEvery) ? 2 + (place % 3) : 1,
      last_verdict: isDue(place, phase.rebaseConflictEvery) ? 'rebase_conflict' : 'approve',
      merged_at: new Date(START + place * PAUSE_MS).toISOString(),
    };
  });
}

function isDue(place: number, every: number): boolean {
  return every > 0 && place % every === 0;
}
