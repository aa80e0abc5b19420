import { knownAmount, knownCount, properties } from '../known-number.ts';
import { type ModelUsage, readModelUsage } from '../model-usage.ts';
import { textOf } from './message-text.ts';

/** How a session ended. `unknown` when nobody saw it. */
export type SessionOutcome =
  | 'completed'
  | 'error'
  | 'timeout'
  | 'terminated'
  | 'interrupted'
  | 'budget'
  | 'unknown';

/** What one event of a session says; absent where it says nothing. */
export interface EventReading {
  /** Tells a replayed event from a new one. Undefined when the event carries no usable id. */
  readonly identity?: string;
  readonly isSelfEvalPass?: boolean;
  readonly isSelfEvalFail?: boolean;
  readonly isRevision?: boolean;
  /** The role asks for the advisor. */
  readonly isAdvisorCall?: boolean;
  /** Under this id fab answers it. Undefined when the event carries no usable id. */
  readonly advisorCallId?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** What a model request used, when it says enough to be priced. */
  readonly usage?: ModelUsage;
  /** What the session cost so far, over all of it. */
  readonly totalCostUsd?: number;
  /** The event ends the session. */
  readonly outcome?: SessionOutcome;
  /** The session waits for an answer of fab. A fab that has none ends it there, as any other idle. */
  readonly isActionRequest?: boolean;
  /** fab checks its budget at this kind of event, and at no other. */
  readonly isBudgetCheck?: boolean;
}

/** What most events say. */
export const NOTHING_SAID: EventReading = {};
/** Longer ids are not kept; fab's are UUIDs and `sevt_…`. */
const ID_LIMIT_CHARS = 128;

/**
 * Reads one event of fab's session stream (`AgentEvent` in src/types.ts). Anything malformed says nothing.
 * Texts are searched for fab's own markers, as fab itself does, and never kept.
 */
export function readSessionEvent(event: unknown): EventReading {
  const fields = properties(event);
  if (typeof fields?.type !== 'string') return NOTHING_SAID;
  const reading = readFields(fields.type, fields);
  // Most events say nothing; their ids need not be kept.
  if (reading === NOTHING_SAID) return NOTHING_SAID;
  return isUsableId(fields.id) ? { ...reading, identity: `${fields.type} ${fields.id}` } : reading;
}

function isUsableId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= ID_LIMIT_CHARS;
}

function readFields(type: string, fields: Readonly<Record<string, unknown>>): EventReading {
  switch (type) {
    case 'agent.message':
      return readText(textOf(fields.content));
    case 'agent.custom_tool_use':
      return fields.name === 'consult_advisor' ? readAdvisorCall(fields.id) : NOTHING_SAID;
    case 'span.model_request_end':
      return fields.is_error === true ? NOTHING_SAID : readUsage(fields.model_usage);
    case 'session.status_idle':
      return readIdle(fields);
    case 'session.status_terminated':
      return { outcome: 'terminated' };
    case 'session.error':
      return { outcome: outcomeOfError(fields.error) };
    default:
      return NOTHING_SAID;
  }
}

function readAdvisorCall(id: unknown): EventReading {
  return { isAdvisorCall: true, ...(isUsableId(id) && { advisorCallId: id }) };
}

/** A verdict stands at the start of a line; `PASS | FAIL` is fab's own question, quoted. */
const SELF_EVAL = /^[ \t]*SELF-EVAL:[ \t]*(PASS|FAIL)\b(?![ \t]*\|)/m;

function readText(text: string): EventReading {
  const verdict = SELF_EVAL.exec(text)?.[1];
  const isSelfEvalPass = verdict === 'PASS';
  const isSelfEvalFail = verdict === 'FAIL';
  const isRevision = text.includes('Revising');
  if (!isSelfEvalPass && !isSelfEvalFail && !isRevision) return NOTHING_SAID;
  return { isSelfEvalPass, isSelfEvalFail, isRevision };
}

/** Cached tokens are left out, as in fab's own figures. */
function readUsage(usage: unknown): EventReading {
  const priced = readModelUsage(usage);
  const inputTokens = knownCount(properties(usage)?.input_tokens);
  const outputTokens = knownCount(properties(usage)?.output_tokens);
  return {
    isBudgetCheck: true,
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(priced !== undefined && { usage: priced }),
  };
}

/** The Agent SDK's transports give no stop reason: their idle is always the end. */
function readIdle(fields: Readonly<Record<string, unknown>>): EventReading {
  const totalCostUsd = knownAmount(fields.total_cost_usd);
  const isActionRequest = properties(fields.stop_reason)?.type === 'requires_action';
  return {
    ...(totalCostUsd !== undefined && { totalCostUsd }),
    ...(isActionRequest ? { isActionRequest } : { outcome: 'completed' as const }),
  };
}

/**
 * The Agent SDK enforces fab's budget itself and says so in the result's subtype; fab's own clocks end a session that
 * says nothing or goes on for too long.
 */
function outcomeOfError(error: unknown): SessionOutcome {
  switch (properties(error)?.type) {
    case 'error_max_budget_usd':
      return 'budget';
    case 'idle_timeout':
    case 'total_timeout':
      return 'timeout';
    default:
      return 'error';
  }
}
