/** An event as text that is kept: equal for equal events, whatever the order of their keys was. */
import type { AgentEvent, PayloadValue } from './agent-event.ts';

/** The payload as JSON. Fields come in the order of their type's table; texts within them are sorted here. */
export function payloadText({ fields }: AgentEvent): string {
  return fields.size === 0 ? '{}' : JSON.stringify(Object.fromEntries([...fields].map(sortedField)));
}

/** The payload that {@link payloadText} wrote. */
export function payloadFields(text: string): ReadonlyMap<string, PayloadValue> {
  return text === '{}' ? NO_FIELDS : new Map(Object.entries<PayloadValue>(JSON.parse(text)));
}

const NO_FIELDS: ReadonlyMap<string, PayloadValue> = new Map();

/** What two events under one key must agree in. */
export function eventContent(event: AgentEvent): string {
  const { type, stage, status, unixMs } = event;
  return `${JSON.stringify([type, stage, status, unixMs])}${payloadText(event)}`;
}

/** The event as a line that {@link checkEvent} takes again. */
export function eventLine(event: AgentEvent): string {
  const { runId, seq, type, stage, status, unixMs } = event;
  return JSON.stringify({
    v: 1,
    run_id: runId,
    seq,
    event_type: type,
    stage,
    status,
    timestamp: unixMs,
    payload: Object.fromEntries([...event.fields].map(sortedField)),
  });
}

function sortedField([name, value]: readonly [string, PayloadValue]): readonly [string, PayloadValue] {
  if (typeof value !== 'object') return [name, value];
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return [name, Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))];
}
