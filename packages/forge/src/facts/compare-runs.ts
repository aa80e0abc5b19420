/** Runs as they are now against the facts: a run counts when it ends, and once more when it is run again and ends anew. */
import type { Run } from '../api/answers.ts';
import type { Comparison } from './compare-items.ts';
import type { RunFact } from './facts.ts';
import type { ForgeEvent } from './forge-event.ts';

/** What runs are held against. */
export interface RunContext {
  readonly before: ReadonlyMap<number, RunFact>;
  /** Undefined the first time: what has ended is the past. */
  readonly filledRunId: number | undefined;
}

/** Compares runs. */
export function compareRuns(runs: readonly Run[], { before, filledRunId }: RunContext): Comparison<RunFact> {
  const isNews = (run: Run): boolean => {
    const known = before.get(run.id);
    if (run.state !== 'finished') return false;
    if (known === undefined) return filledRunId !== undefined && run.id > filledRunId;
    return known.state !== 'finished' || known.completedMs !== run.completedMs;
  };
  return { facts: runs, events: runs.filter(isNews).map(eventOf) };
}

/** A run that never started took no time. */
function eventOf({ workflow, result = 'unknown', startedMs, completedMs }: Run): ForgeEvent {
  const hasTimes = startedMs !== undefined && completedMs !== undefined;
  const seconds = hasTimes ? Math.max(0, completedMs - startedMs) / 1000 : 0;
  return { kind: 'run', workflow, result, seconds };
}
