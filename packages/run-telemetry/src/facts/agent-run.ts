/** What is known of one run: facts that follow from its events, whatever the order is in which they came. */
import type { Failure } from '../failure/failure.ts';

/** How a run ended. `completed` is not success. */
type AgentRunState = 'finished' | 'cancelled' | 'unfinished';

/** Calls of one tool in one run. */
export interface ToolUse {
  readonly calls: number;
  readonly failed: number;
  /** The longest of its calls that succeeded; undefined where none tells how long it took. */
  readonly slowestOkMs?: number | undefined;
}

/** A step of a run, as far as two runs can be held side by side. */
export interface AgentStep {
  readonly type: string;
  readonly tool: string | undefined;
  readonly status: 'ok' | 'error' | undefined;
  readonly cluster: string | undefined;
}

/** A duration that its events contradict by a power of 1000. */
export interface SuspectDuration {
  readonly saidMs: number;
  readonly observedMs: number;
}

/** One attempt at one scenario by one agent. What is undefined is unknown, which is not zero. */
export interface AgentRun {
  readonly runId: string;
  readonly producer: string | undefined;
  readonly project: string | undefined;
  readonly scenario: string | undefined;
  readonly trial: string | undefined;
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly agent: string | undefined;
  readonly agentVersion: string | undefined;
  /** What ran together; the UTC day of the start where nothing else is said. */
  readonly group: string | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly startUnixMs: number | undefined;
  readonly state: AgentRunState;
  readonly success: boolean | undefined;
  readonly durationMs: number | undefined;
  readonly suspectDuration: SuspectDuration | undefined;
  readonly tokens: number | undefined;
  readonly costUsd: number | undefined;
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly tools: ReadonlyMap<string, ToolUse>;
  readonly steps: readonly AgentStep[];
  readonly failures: readonly Failure[];
  /** The failure that an unsuccessful run is counted under. */
  readonly primary: Failure | undefined;
  /** Events after its end. */
  readonly late: number;
  /** Places that no event has, between the first and the last one. */
  readonly gaps: number;
}

/** What went wrong in a run: its failures, and the wrong result of a run in which nothing else failed. */
export function failuresOf({ failures, primary }: AgentRun): readonly Failure[] {
  const isKnown = primary === undefined || failures.some(({ cluster }) => cluster === primary.cluster);
  return isKnown ? failures : [...failures, primary];
}
