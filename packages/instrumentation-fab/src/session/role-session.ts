import { type EventReading, NOTHING_SAID, type SessionOutcome } from './session-event.ts';
import type { InputReading } from './session-input.ts';
import { UnsettledCounts, type UnsettledCountsParts } from './unsettled-counts.ts';

/** What a {@link RoleSession} is made of. */
export interface RoleSessionParts extends UnsettledCountsParts {
  /** Unlike its id, a session's own from the start. */
  readonly ordinal: number;
  /** `resumed`: another program, or a call that was not measured, started it; it counts once it says something. */
  readonly origin: 'started' | 'resumed';
  readonly nowSeconds: () => number;
  /** Called once, after everything of the session is recorded. */
  readonly onEnd: (session: RoleSession) => void;
}

/**
 * One role session, from its start to its first end. What its events say is recorded at once; the session itself,
 * its outcome and its duration when it ends. Events after the end (a resumed session) only add what they say.
 *
 * ```
 *  started ──first event──▶ heard ──┬─ idle, error, terminated ──────────▶ ended: what the event says
 *     │                             ├─ the consumer leaves ─────────────▶ ended: interrupted, or budget
 *     │                             │    an unanswered request ─────────▶ ended: completed
 *     │                             ├─ the transport fails or runs out ──▶ ended: error
 *     │                             └─ the process ends ────────────────▶ ended: interrupted
 *     └── the process ends ─────────────────────────────────────────────▶ ended: unknown
 * ```
 * After the caller's `interrupt()` every end is `interrupted`: transports answer it with idle, error or silence.
 */
export class RoleSession {
  readonly #parts: RoleSessionParts;
  readonly #startSeconds: number;
  readonly #unsettled: UnsettledCounts;
  #isRead = false;
  #isEnded = false;
  #isInterrupted = false;
  /** The consumer interrupted while it held an event at which fab checks its budget, and asked for no more. */
  #isBudgetBreach = false;
  #heldReading: EventReading | undefined;
  /** The consumer answered the event that it holds. */
  #isAnswered = false;

  constructor(parts: RoleSessionParts) {
    this.#parts = parts;
    this.#startSeconds = parts.nowSeconds();
    this.#unsettled = new UnsettledCounts(parts);
  }

  get ordinal(): number {
    return this.#parts.ordinal;
  }

  /** An event is about to be handed to the consumer. */
  heard(reading: EventReading, isReplay: boolean, costUsd: number): void {
    this.#isRead = true;
    this.#heldReading = reading;
    this.#isAnswered = false;
    if (!isReplay) this.#count(reading, costUsd);
    if (reading.outcome !== undefined) this.#end(reading.outcome);
  }

  /** The consumer is done with the event it held and wants the next. */
  askedForMore(): void {
    this.#heldReading = undefined;
    this.#isBudgetBreach = false;
  }

  /** The consumer sends something into the session. */
  answered(input: InputReading): void {
    this.#isAnswered = true;
    this.#unsettled.answered(input);
  }

  interrupted(): void {
    this.#isInterrupted = true;
    this.#isBudgetBreach = this.#heldReading?.isBudgetCheck === true;
  }

  /** The transport refused the interrupt: the agent goes on, and so does the session. */
  interruptRefused(): void {
    this.#isInterrupted = false;
  }

  /** The consumer broke out of its loop. */
  left(): void {
    if (!this.#isRead && this.#parts.origin !== 'started') return;
    if (this.#isBudgetBreach) this.#end('budget');
    else this.#end(this.#heldReading?.isActionRequest && !this.#isAnswered ? 'completed' : 'interrupted');
  }

  /** The start was refused, or the transport threw. */
  failed(): void {
    this.#end('error');
  }

  /** The stream closed. Without a last word that is a failure of its transport, as fab's role-session has it. */
  ranOut(): void {
    if (this.#isRead || this.#parts.origin === 'started') this.#end('error');
  }

  /** The process exits, or telemetry stops. */
  cutOff(): void {
    if (this.#isRead) this.#end('interrupted');
    else if (this.#parts.origin === 'started') this.#end('unknown');
  }

  #count(reading: EventReading, costUsd: number): void {
    if (reading === NOTHING_SAID) return;
    const { instruments, role } = this.#parts;
    if (reading.isAdvisorCall) this.#unsettled.consulted(reading.advisorCallId);
    if (reading.usage !== undefined) this.#unsettled.requested(reading.usage);
    if (reading.totalCostUsd !== undefined) this.#unsettled.costStated();
    role.measure((labels) => {
      if (reading.isSelfEvalPass) instruments.record('selfEval', 1, { ...labels, result: 'pass' });
      if (reading.isSelfEvalFail) instruments.record('selfEval', 1, { ...labels, result: 'fail' });
      if (reading.isRevision) instruments.record('revisions', 1, labels);
      instruments.record('tokens', reading.inputTokens ?? 0, { ...labels, direction: 'input' });
      instruments.record('tokens', reading.outputTokens ?? 0, { ...labels, direction: 'output' });
      instruments.record('costUsd', costUsd, labels);
    });
  }

  /** After the first end there may be more of it: a session that is resumed. */
  #end(seen: SessionOutcome): void {
    this.#unsettled.settle();
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { instruments, role, nowSeconds } = this.#parts;
    const outcome = this.#isInterrupted && seen !== 'budget' ? 'interrupted' : seen;
    const durationSeconds = Math.max(0, nowSeconds() - this.#startSeconds);
    role.measure((labels) => {
      instruments.record('agentSessions', 1, labels);
      instruments.record('sessionOutcomes', 1, { ...labels, outcome });
      // Nobody saw an unread session end, so it has no duration.
      if (seen !== 'unknown') instruments.record('roleSessionDuration', durationSeconds, labels);
    });
    this.#parts.onEnd(this);
  }
}
