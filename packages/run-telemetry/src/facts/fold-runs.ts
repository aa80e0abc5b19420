/** Events of many runs into facts. What came twice counts once; what contradicts is said. */
import type { AgentEvent } from '../event/agent-event.ts';
import { EVENT_TYPES } from '../event/event-types.ts';
import type { AgentRun } from './agent-run.ts';
import { foldRun } from './fold-run.ts';
import type { SuccessRule } from './success-rule.ts';

/** Runs, and what was wrong with their events. */
export interface FoldedRuns {
  /** By their ids. */
  readonly runs: readonly AgentRun[];
  /** Events that came again with the same content. */
  readonly duplicates: number;
  /** Events that came again with another content: the first one stays. */
  readonly conflicts: readonly { readonly runId: string; readonly seq: number }[];
  /** Events of types that are not counted. */
  readonly uncounted: number;
}

/** Folds events, in any order and in any number of parts. */
export function foldRuns(events: Iterable<AgentEvent>, rule: SuccessRule): FoldedRuns {
  const byRun = new Map<string, Map<number, AgentEvent>>();
  const conflicts: { runId: string; seq: number }[] = [];
  let [duplicates, uncounted] = [0, 0];
  for (const event of events) {
    const known = byRun.get(event.runId) ?? new Map<number, AgentEvent>();
    byRun.set(event.runId, known);
    const first = known.get(event.seq);
    if (first === undefined) {
      known.set(event.seq, event);
      if (!isCounted(event)) uncounted += 1;
    } else if (contentOf(first) === contentOf(event)) duplicates += 1;
    else conflicts.push({ runId: event.runId, seq: event.seq });
  }
  const runs = [...byRun]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([runId, known]) => foldRun(runId, [...known.values()], rule));
  return { runs, duplicates, conflicts, uncounted };
}

function isCounted({ type }: AgentEvent): boolean {
  return Object.hasOwn(EVENT_TYPES, type);
}

/** Equal for equal events, whatever the order of their keys was. */
function contentOf({ type, stage, status, unixMs, fields }: AgentEvent): string {
  const sorted = inOrder(fields).map(([name, value]) => [
    name,
    typeof value === 'object' ? inOrder(Object.entries(value)) : value,
  ]);
  return JSON.stringify([type, stage, status, unixMs, sorted]);
}

function inOrder<Value>(named: Iterable<readonly [string, Value]>): readonly (readonly [string, Value])[] {
  return [...named].sort(([left], [right]) => (left < right ? -1 : 1));
}
