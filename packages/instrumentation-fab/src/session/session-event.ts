import { knownAmount, knownCount, properties } from '../known-number.ts';

/** How a session ended. `unknown` when nobody saw it. */
export type SessionOutcome = 'completed' | 'error' | 'terminated' | 'interrupted' | 'budget' | 'unknown';

/** What one event of a session says; absent where it says nothing. */
export interface EventReading {
  /** Tells a replayed event from a new one. Undefined when the event carries no usable id. */
  readonly identity?: string;
  readonly isSelfEvalPass?: boolean;
  readonly isSelfEvalFail?: boolean;
  readonly isRevision?: boolean;
  readonly isAdvisorCall?: boolean;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** What the session cost so far, over all of it. */
  readonly totalCostUsd?: number;
  /** The event ends the session. */
  readonly outcome?: SessionOutcome;
  /** fab checks its budget at this kind of event, and at no other. */
  readonly isBudgetCheck?: boolean;
}

/** What most events say. */
export const NOTHING_SAID: EventReading = {};
/** Longer ids are not kept; fab's are UUIDs and `sevt_…`. */
const ID_LIMIT_CHARS = 128;

/**
 * Reads one event of fab's session stream (`AgentEvent` in src/types.ts). Anything malformed says nothing.
 * Texts are searched for fab's own markers, as its perf.ts does, and never kept.
 */
export function readSessionEvent(event: unknown): EventReading {
  const fields = properties(event);
  if (typeof fields?.type !== 'string') return NOTHING_SAID;
  const reading = readFields(fields.type, fields);
  const { id } = fields;
  // Most events say nothing; their ids need not be kept.
  if (reading === NOTHING_SAID) return NOTHING_SAID;
  if (typeof id !== 'string' || id === '' || id.length > ID_LIMIT_CHARS) return reading;
  return { ...reading, identity: `${fields.type} ${id}` };
}

function readFields(type: string, fields: Readonly<Record<string, unknown>>): EventReading {
  switch (type) {
    case 'agent.message':
      return readText(textOf(fields.content));
    case 'agent.custom_tool_use':
      return fields.name === 'consult_advisor' ? { isAdvisorCall: true } : NOTHING_SAID;
    case 'span.model_request_end':
      return fields.is_error === true ? NOTHING_SAID : readUsage(fields.model_usage);
    case 'session.status_idle':
      return readIdle(fields);
    case 'session.status_terminated':
      return { outcome: 'terminated' };
    case 'session.error':
      return { outcome: isBudgetError(fields.error) ? 'budget' : 'error' };
    default:
      return NOTHING_SAID;
  }
}

/** A marker split over two blocks of one message counts, so the blocks are joined first. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return '';
  const texts = content.map((block: unknown) => properties(block)?.text);
  return texts.filter((text) => typeof text === 'string').join('');
}

function readText(text: string): EventReading {
  const isSelfEvalPass = text.includes('SELF-EVAL: PASS');
  const isSelfEvalFail = text.includes('SELF-EVAL: FAIL');
  const isRevision = text.includes('Revising');
  if (!isSelfEvalPass && !isSelfEvalFail && !isRevision) return NOTHING_SAID;
  return { isSelfEvalPass, isSelfEvalFail, isRevision };
}

/** Cached tokens are left out, as in fab's own figures. */
function readUsage(usage: unknown): EventReading {
  const inputTokens = knownCount(properties(usage)?.input_tokens);
  const outputTokens = knownCount(properties(usage)?.output_tokens);
  return {
    isBudgetCheck: true,
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
  };
}

/** The Agent SDK's transports give no stop reason: their idle is always the end. */
function readIdle(fields: Readonly<Record<string, unknown>>): EventReading {
  const totalCostUsd = knownAmount(fields.total_cost_usd);
  const isEnd = properties(fields.stop_reason)?.type !== 'requires_action';
  return {
    ...(totalCostUsd !== undefined && { totalCostUsd }),
    ...(isEnd && { outcome: 'completed' as const }),
  };
}

/** The Agent SDK enforces fab's budget itself and says so in the result's subtype. */
function isBudgetError(error: unknown): boolean {
  return properties(error)?.type === 'error_max_budget_usd';
}
