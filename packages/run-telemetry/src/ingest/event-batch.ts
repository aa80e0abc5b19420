/** What is taken in at once. */
import type { AgentEvent } from '../event/agent-event.ts';
import type { RefusedEvent } from '../event/read-events.ts';

/** So many lines of a batch that were not taken are named and kept; the others are counted. */
export const REFUSED_LIMIT = 1_000;

/** Validated events of one source. */
export interface EventBatch {
  /** Taken in once, however often it is offered. */
  readonly id: string;
  /** The file, or `-`. */
  readonly source: string;
  /** What success is taken from where runs do not say it, as `parseSuccessRule` reads it. */
  readonly successRule: string | undefined;
  readonly events: readonly AgentEvent[];
  /** Lines that were not taken: the first {@link REFUSED_LIMIT}, and how many there were. */
  readonly refused: readonly RefusedEvent[];
  readonly refusedCount: number;
  /** Texts in which a secret was masked. */
  readonly secrets: number;
}

/** What became of a batch. */
export interface IngestCounts {
  /** Events that are new. */
  readonly events: number;
  /** Runs that are new. */
  readonly runs: number;
  /** Events that came again with the same content. */
  readonly duplicates: number;
  /** Events that came again with another content: the first one stays. */
  readonly conflicts: number;
  /** Runs that had ended, and changed by this. */
  readonly revised: number;
  readonly refused: number;
  readonly secrets: number;
  /** Batches that had been taken in before: nothing of them counts. */
  readonly repeated: number;
}

/** Nothing yet. */
export const NO_COUNTS: IngestCounts = {
  events: 0,
  runs: 0,
  duplicates: 0,
  conflicts: 0,
  revised: 0,
  refused: 0,
  secrets: 0,
  repeated: 0,
};

/** Both together. */
export function addCounts(left: IngestCounts, right: IngestCounts): IngestCounts {
  return {
    events: left.events + right.events,
    runs: left.runs + right.runs,
    duplicates: left.duplicates + right.duplicates,
    conflicts: left.conflicts + right.conflicts,
    revised: left.revised + right.revised,
    refused: left.refused + right.refused,
    secrets: left.secrets + right.secrets,
    repeated: left.repeated + right.repeated,
  };
}
