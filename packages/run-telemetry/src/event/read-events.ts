/** Events of a file: every line is taken or named with what is wrong with it. */

import { importRuns } from '../importing/import-runs.ts';
import type { ImportedRun } from '../importing/imported-event.ts';
import type { AgentEvent } from './agent-event.ts';
import { checkEvent, type LineFault, parseEvent } from './parse-event.ts';

/** A line that was not taken. */
export interface RefusedEvent extends LineFault {
  /** Counted from 1; of a document of another tool the place of its run. */
  readonly line: number;
}

/** What a file holds. */
export interface ReadEvents {
  readonly events: readonly AgentEvent[];
  readonly refused: readonly RefusedEvent[];
}

/**
 * Reads JSON Lines, in which empty lines are skipped, or a document of another tool, which is recognised by its content.
 *
 * @param file - the name of the file, without its folder: it tells apart runs whose format gives them no id and no time
 */
export function readEvents(text: string, file?: string): ReadEvents {
  const imported = importRuns(text, file);
  return imported === undefined ? readLines(text) : checkRuns(imported);
}

function checkRuns(runs: readonly ImportedRun[]): ReadEvents {
  const events: AgentEvent[] = [];
  const refused: RefusedEvent[] = [];
  for (const [index, run] of runs.entries()) {
    for (const [seq, event] of run.events.entries()) {
      const parsed = checkEvent({ v: 1, run_id: run.runId, seq, ...event });
      if (parsed.kind === 'event') events.push(parsed.event);
      else refused.push({ line: index + 1, ...parsed.fault });
    }
  }
  return { events, refused };
}

function readLines(text: string): ReadEvents {
  const events: AgentEvent[] = [];
  const refused: RefusedEvent[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const parsed = parseEvent(line);
    if (parsed.kind === 'event') events.push(parsed.event);
    else refused.push({ line: index + 1, ...parsed.fault });
  }
  return { events, refused };
}
