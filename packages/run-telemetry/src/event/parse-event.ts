/** One line of JSON Lines into an event, or into what is wrong with it. */
import type { AgentEvent, FaultFields, PayloadValue } from './agent-event.ts';
import { EVENT_TYPES, type PayloadField, RUN_STATUSES, STEP_STATUSES } from './event-types.ts';
import { jsonText } from './json-text.ts';
import { parseTime, TIME_RULE } from './parse-time.ts';
import { redactSecrets } from './redact-secrets.ts';

/** Why a line was not taken. */
export interface LineFault {
  /** The field, as `payload.duration_ms`; `line` where the line as a whole is wrong. */
  readonly field: string;
  /** A sentence: what was given and what is allowed. */
  readonly message: string;
}

/** A line as an event, or as its fault. */
export type ParsedLine =
  | { readonly kind: 'event'; readonly event: AgentEvent }
  | { readonly kind: 'fault'; readonly fault: LineFault };

/** Of a line, and of a payload in it. */
export const LINE_LIMIT_BYTES: number = 256 * 1024;
const PAYLOAD_LIMIT_BYTES = 64 * 1024;
const NAME_LIMIT = 200;
/** More is no amount of anything, and two of 1e308 have no sum: the report of everybody would end with an error of PostgreSQL. */
const NUMBER_LIMIT = 1e18;
const TEXTS_LIMITS: Readonly<Record<string, number>> = { config: 32, tags: 20 };
/** No control characters, halves of characters, line separators or controls of writing direction. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u;

/** No database keeps them: the same event would be another one when it comes again. */
const UNSTORABLE = /[\0\ud800-\udfff]/gu;

class Fault extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Parses one line. */
export function parseEvent(line: string): ParsedLine {
  return parsedOr(() => eventOf(objectOf(line), false));
}

function parsedOr(parse: () => AgentEvent): ParsedLine {
  try {
    return { kind: 'event', event: parse() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: 'fault', fault: { field: error.field, message: error.message } };
  }
}

/** Checks an event that was made of another format, which may tell no time. */
export function checkEvent(given: Readonly<Record<string, unknown>>): ParsedLine {
  return parsedOr(() => eventOf(given, given['timestamp'] === undefined));
}

type Given = Readonly<Record<string, unknown>>;

/** What is wrong with a line of so many bytes. */
export function lengthFault(bytes: number): LineFault | undefined {
  return bytes > LINE_LIMIT_BYTES
    ? { field: 'line', message: `the line has ${bytes} bytes; allowed are ${LINE_LIMIT_BYTES}` }
    : undefined;
}

function objectOf(line: string): Given {
  const bytes = Buffer.byteLength(line);
  const tooLong = lengthFault(bytes);
  if (tooLong !== undefined) throw new Fault(tooLong.field, tooLong.message);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Fault('line', `the line is not JSON, or is cut off: ${shown(line)}`);
  }
  if (!isObject(value)) throw new Fault('line', `the line must be a JSON object, but is ${shown(value)}`);
  return value;
}

function eventOf(given: Given, isTimeless: boolean): AgentEvent {
  const { v, run_id: runId, seq, event_type: type, stage = null, status = null, timestamp } = given;
  if (v !== 1) throw new Fault('v', `v must be 1, but is ${shown(v)}`);
  if (!isName(runId))
    throw new Fault('run_id', `run_id must be text of 1 to 200 printable characters, but is ${shown(runId)}`);
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0)
    throw new Fault('seq', `seq must be a whole number of 0 or more, but is ${shown(seq)}`);
  if (!isName(type))
    throw new Fault('event_type', `event_type must be text such as tool.call, but is ${shown(type)}`);
  if (stage !== null && typeof stage !== 'string')
    throw new Fault('stage', `stage must be text or null, but is ${shown(stage)}`);
  const unixMs = parseTime(timestamp);
  if (unixMs === undefined && !isTimeless)
    throw new Fault('timestamp', `timestamp must be ${TIME_RULE}, but is ${shown(timestamp)}`);
  return {
    runId,
    seq,
    type,
    stage: stage?.replaceAll(UNSTORABLE, '\ufffd'),
    status: statusOf(type, status),
    unixMs,
    fields: fieldsOf(type, given['payload'] ?? {}),
  };
}

function statusOf(type: string, status: unknown): string | undefined {
  if (status === null) return undefined;
  const allowed = type.startsWith('run.') ? RUN_STATUSES : STEP_STATUSES;
  if (typeof status === 'string' && allowed.includes(status)) return status;
  throw new Fault(
    'status',
    `status of ${type} must be ${allowed.join(', ')} or null, but is ${shown(status)}`,
  );
}

function fieldsOf(type: string, payload: unknown): ReadonlyMap<string, PayloadValue> {
  if (!isObject(payload)) throw new Fault('payload', `payload must be an object, but is ${shown(payload)}`);
  const text = jsonText(payload);
  if (text === undefined) throw new Fault('payload', 'payload is nested too deep');
  const bytes = Buffer.byteLength(text);
  if (bytes > PAYLOAD_LIMIT_BYTES)
    throw new Fault('payload', `payload has ${bytes} bytes; allowed are ${PAYLOAD_LIMIT_BYTES}`);
  const fields = new Map<string, PayloadValue>();
  const known = Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type] : {};
  for (const [name, field] of Object.entries(known ?? {})) {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    // An empty text says nothing; as a value it could not be named in a selection.
    const isSaid = value !== undefined && value !== null && !(value === '' && field.kind === 'text');
    if (isSaid) fields.set(name, fieldOf(name, field, value));
  }
  return fields;
}

function fieldOf(name: string, { kind }: PayloadField, value: unknown): PayloadValue {
  const path = `payload.${name}`;
  const refuse = (allowed: string): never => {
    throw new Fault(path, `${path} must be ${allowed} or null, but is ${shown(value)}`);
  };
  switch (kind) {
    case 'text':
      // A trial is often a number.
      return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : refuse('text');
    case 'number':
      // 1e999 is JSON, and no number of anything.
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse('a number');
      if (Math.abs(value) > NUMBER_LIMIT) return refuse('a number of at most 1e18');
      return value >= 0 || name === 'score' ? value : refuse('a number of 0 or more');
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('true, false');
    case 'texts':
      return isObject(value) ? textsIn(name, value) : refuse('an object of texts');
    case 'fault':
      if (typeof value === 'string') return { code: undefined, message: value, class: undefined };
      return isObject(value) ? faultIn(value) : refuse('text, an object with code, message and class');
  }
}

function textsIn(name: string, value: Given): Readonly<Record<string, string>> {
  const entries = Object.entries(value).filter(([, each]) => each !== null && each !== '');
  const limit = TEXTS_LIMITS[name] ?? 0;
  if (entries.length > limit)
    throw new Fault(`payload.${name}`, `payload.${name} has ${entries.length} entries; allowed are ${limit}`);
  return Object.fromEntries(
    entries.map(([key, each]) => {
      if (['string', 'number', 'boolean'].includes(typeof each)) return [key, String(each)];
      throw new Fault(`payload.${name}`, `payload.${name} holds texts, but ${shown(key)} is ${shown(each)}`);
    }),
  );
}

function faultIn({ code, message, class: given }: Given): FaultFields {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  return { code: text(code), message: text(message), class: text(given) };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_LIMIT && PRINTABLE.test(value);
}

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was given, without its secrets: it is shown and kept. Cut afterwards, as half of a key is not known for one. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = safeText(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function safeText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  // Before quotes get a backslash.
  if (typeof value === 'string') return JSON.stringify(redactSecrets(value).text);
  return redactSecrets(jsonText(value) ?? 'nested too deep').text;
}
