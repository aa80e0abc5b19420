import type { AgentEvent } from '../src/event/agent-event.ts';
import type { EventBatch } from '../src/ingest/event-batch.ts';

/** A batch of events, for tests. */
export function batchOf(
  id: string,
  events: readonly AgentEvent[],
  changes: Partial<EventBatch> = {},
): EventBatch {
  return {
    id,
    source: 'test',
    successRule: undefined,
    events,
    refused: [],
    refusedCount: 0,
    secrets: 0,
    ...changes,
  };
}
