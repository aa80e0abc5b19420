import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One recorded role session: the first line of its file, then fab's events, one a line. */
export interface Recording {
  /** The file's name without its ending. */
  readonly name: string;
  readonly role: string;
  readonly transport: 'managed-agents' | 'sdk' | 'sdk-k8s' | 'claude-cli';
  readonly sessionId: string;
  /** How fab saw it end. Known here, so that the demo can check what was measured. */
  readonly outcome: 'completed' | 'error' | 'terminated' | 'interrupted' | 'budget';
  /** The transport throws after the last event. */
  readonly then?: 'transport-fails';
  /** fab's caller stops reading, over budget, at the model request that uses up this many tokens. */
  readonly budgetTokens?: number;
  /** A person presses stop after this many events. */
  readonly interruptAfterEvents?: number;
  readonly events: readonly FabEvent[];
}

/** The part of an event of fab's transports that the demo reads. */
export interface FabEvent {
  readonly type: string;
  readonly name?: string;
  readonly content?: readonly { readonly text: string }[];
  readonly model_usage?: { readonly input_tokens: number; readonly output_tokens: number };
  readonly stop_reason?: { readonly type: string };
  readonly total_cost_usd?: number;
}

const SESSIONS = fileURLToPath(new URL('../sessions/', import.meta.url));

/** Every recording of `sessions/`, by name. */
export function readRecordings(): readonly Recording[] {
  return readdirSync(SESSIONS).sort().map(readRecording);
}

function readRecording(file: string): Recording {
  const [head, ...events] = readFileSync(`${SESSIONS}${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { name: file.replace('.jsonl', ''), ...head, events };
}
