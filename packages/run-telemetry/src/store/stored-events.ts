/** Events as rows, and back. */
import type { AgentEvent } from '../event/agent-event.ts';
import { payloadFields, payloadText } from '../event/event-text.ts';
import type { Row } from './tables.ts';

/** An event of a run that has a number. */
export function eventRow(number: number, event: AgentEvent): Row<'events'> {
  return {
    run_number: number,
    seq: event.seq,
    event_type: event.type,
    stage: event.stage ?? null,
    status: event.status ?? null,
    at_ms: event.unixMs ?? null,
    payload: payloadText(event),
  };
}

/** The event of a row. */
export function eventOfRow(runId: string, row: Row<'events'>): AgentEvent {
  return {
    runId,
    seq: row.seq,
    type: row.event_type,
    stage: row.stage ?? undefined,
    status: row.status ?? undefined,
    unixMs: row.at_ms ?? undefined,
    fields: payloadFields(row.payload),
  };
}
