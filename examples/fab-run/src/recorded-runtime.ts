import type { FabRuntime, FabSession } from '@ephemetry/instrumentation-fab';
import type { Recording } from './recording.ts';

/** Between two events; a real model takes seconds. */
const PACE_MS = 2;

/** Stands in for fab's `createRuntime(api)`: a runtime that plays recordings, one for each role. */
export class RecordedRuntime implements FabRuntime {
  readonly #recordings: readonly Recording[];

  constructor(recordings: readonly Recording[]) {
    this.#recordings = recordings;
  }

  async runRoleSession(role: string, _message: string): Promise<FabSession> {
    const recording = this.#recordings.find((candidate) => candidate.role === role);
    if (recording === undefined) throw new Error(`No recording of the role "${role}" in sessions/`);
    return new RecordedSession(recording);
  }

  /** Recordings are played from their start; like the sdk transports, there is nothing to go on with. */
  resumeSession(sessionId: string): FabSession {
    const recording = this.#recordings.find((candidate) => candidate.sessionId === sessionId);
    if (recording === undefined) throw new Error(`No recording of the session "${sessionId}" in sessions/`);
    return new RecordedSession({ ...recording, events: [] });
  }
}

class RecordedSession implements FabSession {
  readonly #recording: Recording;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  get id(): string {
    return this.#recording.sessionId;
  }

  get events(): AsyncIterable<unknown> {
    return play(this.#recording);
  }

  async sendInput(_input: unknown): Promise<void> {}

  async interrupt(): Promise<void> {}
}

async function* play({ events, then, name }: Recording): AsyncGenerator<unknown> {
  for (const event of events) {
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    yield event;
  }
  if (then === 'transport-fails') throw new Error(`${name}: stream failed (502)`);
}
