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

/** What two events under one key must agree in. A field that the command line added stands behind those of the type's table. */
export function eventContent({ type, stage, status, unixMs, fields }: AgentEvent): string {
  return JSON.stringify([type, stage, status, unixMs, inOrder(fields).map(sortedField)]);
}

/** The event as a line of our own, with everything as it was read. */
export function eventLine({ runId, seq, type, stage, status, unixMs, fields }: AgentEvent): string {
  return JSON.stringify({
    run_id: runId,
    seq,
    event_type: type,
    stage,
    status,
    unix_ms: unixMs,
    payload: Object.fromEntries([...fields].map(sortedField)),
  });
}

/**
 * The event that {@link eventLine} wrote; undefined for any other line. What was taken once is not judged again: a project or a tag
 * that was added to it may have brought it above a limit of what comes from outside.
 */
export function eventOfLine(line: string): AgentEvent | undefined {
  const given = objectOf(line);
  if (given === undefined) return undefined;
  const { run_id: runId, seq, event_type: type, stage, status, unix_ms: unixMs, payload } = given;
  if (typeof runId !== 'string' || typeof type !== 'string') return undefined;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return undefined;
  if (!isTextOrMissing(stage) || !isTextOrMissing(status)) return undefined;
  if (unixMs !== undefined && typeof unixMs !== 'number') return undefined;
  const fields = isObject(payload) ? Object.entries(payload) : undefined;
  if (fields === undefined || !fields.every(isField)) return undefined;
  return { runId, seq, type, stage, status, unixMs, fields: new Map(fields) };
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrMissing(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isField(entry: readonly [string, unknown]): entry is [string, PayloadValue] {
  const [, value] = entry;
  if (isObject(value)) return Object.values(value).every((each) => typeof each === 'string');
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function sortedField([name, value]: readonly [string, PayloadValue]): readonly [string, PayloadValue] {
  if (typeof value !== 'object') return [name, value];
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return [name, Object.fromEntries(inOrder(entries))];
}

function inOrder<Value>(named: Iterable<readonly [string, Value]>): readonly (readonly [string, Value])[] {
  return [...named].sort(([left], [right]) => (left < right ? -1 : 1));
}
