import type { FabSession } from '../fab-runtime.ts';
import { overlay } from '../overlay.ts';
import { quietly } from '../quietly.ts';
import { type EventListener, measuredEvents } from './measured-events.ts';
import type { RoleSession } from './role-session.ts';
import { readSessionEvent } from './session-event.ts';
import { readSessionInput } from './session-input.ts';
import type { SessionRegistry } from './session-registry.ts';

/** What every measured handle needs. */
export interface MeasuredSessionParts {
  readonly registry: SessionRegistry;
  /** Writes what was recorded to disk, when the provider can. */
  readonly persist: () => void;
}

/** A handle on a session that measures what its consumer sees and does. Everything else is the transport's. */
export function measuredSession<Session extends FabSession>(
  handle: Session,
  session: RoleSession,
  parts: MeasuredSessionParts,
): Session {
  const listener = listenTo(session, parts);
  const stop = (interrupt: () => Promise<void>): Promise<void> => measureInterrupt(session, interrupt);
  const interrupt = (): Promise<void> => stop(() => handle.interrupt());
  const sendInput = (input: unknown): Promise<void> => {
    const reading = quietly(() => readSessionInput(input)) ?? { kind: 'other' };
    if (reading.kind === 'interrupt') return stop(() => handle.sendInput(input));
    quietly(() => session.answered(reading));
    return handle.sendInput(input);
  };
  return overlay(
    handle,
    new Map<PropertyKey, () => unknown>([
      ['events', () => eventsOf(handle, listener)],
      ['interrupt', () => interrupt],
      ['sendInput', () => sendInput],
    ]),
  );
}

/** Read once: fab's transports make a new stream at each reading. */
function eventsOf(handle: FabSession, listener: EventListener): AsyncIterable<unknown> {
  const { events } = handle;
  return quietly(() => measuredEvents(events, listener)) ?? events;
}

function listenTo(session: RoleSession, { registry, persist }: MeasuredSessionParts): EventListener {
  const costUsd = createCostDifference();
  /** A session that had ended before has no end to persist at: what it added meanwhile is persisted here. */
  const close = (end: () => void) => (): void => {
    end();
    persist();
  };
  return {
    asked: () => session.askedForMore(),
    arrived: (event) => {
      const reading = readSessionEvent(event);
      session.heard(reading, registry.isReplay(session, reading.identity), costUsd(reading.totalCostUsd));
    },
    ranOut: close(() => session.ranOut()),
    failed: close(() => session.failed()),
    left: close(() => session.left()),
  };
}

/**
 * `total_cost_usd` covers everything since the transport began (one Agent SDK query, one subprocess), which is one
 * handle. A total that shrank is a new beginning.
 */
function createCostDifference(): (totalUsd: number | undefined) => number {
  let latestUsd = 0;
  return (totalUsd) => {
    if (totalUsd === undefined) return 0;
    const addedUsd = totalUsd >= latestUsd ? totalUsd - latestUsd : totalUsd;
    latestUsd = totalUsd;
    return addedUsd;
  };
}

/** Said before the transport is asked: its answer may already be the end of the stream. */
function measureInterrupt(session: RoleSession, interrupt: () => Promise<void>): Promise<void> {
  const refused = (error: unknown): never => {
    quietly(() => session.interruptRefused());
    throw error;
  };
  quietly(() => session.interrupted());
  try {
    return Promise.resolve(interrupt()).catch(refused);
  } catch (error) {
    return refused(error);
  }
}
