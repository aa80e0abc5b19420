/** Events of a file: every line is taken or named with what is wrong with it. */
import type { AgentEvent } from './agent-event.ts';
import { type LineFault, parseEvent } from './parse-event.ts';

/** A line that was not taken. */
export interface RefusedEvent extends LineFault {
  /** Counted from 1. */
  readonly line: number;
}

/** What a file holds. */
export interface ReadEvents {
  readonly events: readonly AgentEvent[];
  readonly refused: readonly RefusedEvent[];
}

/** Reads JSON Lines; empty lines are skipped. */
export function readEvents(text: string): ReadEvents {
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
