import type { FabSession } from '@ephemetry/instrumentation-fab';
import type { FabEvent, Recording } from './recording.ts';

/** Reads a session the way fab's workflows do: leaves at its end, interrupts it at the budget, or when told to. */
export async function readSession(session: FabSession, recording: Recording): Promise<void> {
  let tokens = 0;
  let events = 0;
  for await (const event of session.events) {
    if (!isFabEvent(event)) continue;
    events += 1;
    tokens += (event.model_usage?.input_tokens ?? 0) + (event.model_usage?.output_tokens ?? 0);
    if (tokens > (recording.budgetTokens ?? Number.POSITIVE_INFINITY)) {
      await session.interrupt();
      return;
    }
    if (events === recording.interruptAfterEvents) await session.interrupt();
    if (isEnd(event)) return;
  }
}

function isEnd({ type, stop_reason }: FabEvent): boolean {
  if (type === 'session.status_idle') return stop_reason?.type !== 'requires_action';
  return type === 'session.error' || type === 'session.status_terminated';
}

function isFabEvent(event: unknown): event is FabEvent {
  return typeof event === 'object' && event !== null && 'type' in event;
}
