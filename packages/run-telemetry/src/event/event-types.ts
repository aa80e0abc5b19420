/** What an event may say: its types, and the fields of each type's payload. The reference page is made from it. */

/** What a field holds; `texts` is an object of texts, `fault` an object that describes a failure. */
type FieldKind = 'text' | 'number' | 'boolean' | 'texts' | 'fault';

/** One field of a payload. Every field may be missing or null: unknown is not zero. */
export interface PayloadField {
  readonly kind: FieldKind;
  readonly meaning: string;
}

type Fields = Readonly<Record<string, PayloadField>>;

const text = (meaning: string): PayloadField => ({ kind: 'text', meaning });
const number = (meaning: string): PayloadField => ({ kind: 'number', meaning });
const truth = (meaning: string): PayloadField => ({ kind: 'boolean', meaning });

const START: Fields = {
  producer: text('who wrote the events; default: the agent'),
  project: text('what the agent works on'),
  scenario: text('the task: runs of one scenario are compared with each other'),
  trial: text('which attempt at the scenario'),
  model: text('the model; default: that of most model calls'),
  provider: text('who serves the model'),
  agent: text('the name of the agent'),
  agent_version: text('its version'),
  group: text('what ran together, such as a CI job; default: the UTC day of the start'),
  parent_run_id: text('the run that this one replays'),
  config: { kind: 'texts', meaning: 'up to 32 settings: hash of the prompt, temperature, commit' },
  tags: { kind: 'texts', meaning: 'up to 20 tags' },
};

const SPAN: Fields = {
  span_id: text('identifies the step'),
  parent_span_id: text('the step around it'),
};

const FAULT: PayloadField = { kind: 'fault', meaning: 'what went wrong: `code`, `message` and `class`' };

/** Types of what an agent does: its steps. All others say something of the run. */
export const STEP_TYPES: ReadonlySet<string> = new Set([
  'model.call',
  'tool.call',
  'retrieval',
  'policy.check',
  'error',
]);

/** The types that are counted, with the fields of their payloads. An event of any other type is kept and not counted. */
export const EVENT_TYPES: Readonly<Record<string, Fields>> = {
  'run.queued': START,
  'run.started': START,
  'run.finished': {
    success: truth('whether the run did what it should'),
    duration_ms: number('how long the run took'),
    reason: text('why it ended'),
    input_tokens: number('tokens that the models read'),
    output_tokens: number('tokens that the models wrote'),
    cost_usd: number('what it cost'),
  },
  'model.call': {
    ...SPAN,
    model: text('the model'),
    provider: text('who serves it'),
    duration_ms: number('how long the call took'),
    input_tokens: number('tokens that it read'),
    output_tokens: number('tokens that it wrote'),
    cached_input_tokens: number('tokens that came from a cache'),
    input_characters: number('characters that it read'),
    output_characters: number('characters that it wrote'),
    cost_usd: number('what it cost'),
    finish_reason: text('why it stopped'),
    error: FAULT,
  },
  'tool.call': {
    ...SPAN,
    tool: text('the name of the tool'),
    duration_ms: number('how long the call took'),
    arguments_digest: text('equal for equal arguments'),
    error: FAULT,
  },
  retrieval: {
    ...SPAN,
    source: text('the index or store'),
    duration_ms: number('how long it took'),
    documents: number('how many documents it found'),
    error: FAULT,
  },
  'policy.check': {
    ...SPAN,
    policy: text('the name of the policy'),
    decision: text('allow, deny or ask'),
  },
  evaluation: {
    name: text('what was judged'),
    score: number('the score'),
    passed: truth('whether it passed'),
    label: text('the verdict in a word'),
  },
  error: {
    span_id: text('the step that it happened in'),
    tool: text('the tool that it happened in'),
    code: text('a code, such as ETIMEDOUT or 429'),
    class: text('one of the classes of failures'),
    message: text('what was said'),
    retryable: truth('whether it may pass by itself'),
  },
};

/** The states of an event about the run itself. */
export const RUN_STATUSES: readonly string[] = ['queued', 'running', 'completed', 'failed', 'cancelled'];
/** The states of any other event. */
export const STEP_STATUSES: readonly string[] = ['ok', 'error'];
