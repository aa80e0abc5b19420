/** The endpoint that a run waits for: how long its answer is worth a wait, and what to say when none came. */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { isAnswerWorthAWait, isKnownSilent, rememberSilence } from './known-endpoint.ts';
import type { Sender } from './sending-place.ts';

/** Owned by a run's delivery. */
export class AwaitedEndpoint {
  readonly #likely: string;
  readonly #directory: () => string | undefined;

  /**
   * `likely` is what to name when the sender has not told its own yet. `directory` says where the spool is, in which what is
   * known of endpoints is remembered; asked when there is something to remember.
   */
  constructor(likely: string, directory: () => string | undefined) {
    this.#likely = likely;
    this.#directory = directory;
  }

  /** How long the answer to what is in flight is waited for; `undefined` where it is not worth it. */
  answerMs(sender: Sender, answerBudgetMs: number): number | undefined {
    if (answerBudgetMs === 0) return undefined;
    const { inFlight, endpoint = this.#likely } = sender.latest() ?? {};
    if (!isAnswerWorthAWait(this.#directory(), endpoint)) return undefined;
    const nowMs = monotonicMs();
    return Math.max(0, (inFlight?.sinceMs ?? nowMs) + answerBudgetMs - nowMs);
  }

  /** Whether a wait for it was in vain, and nothing was heard of it since. */
  isKnownSilent(sender: Sender): boolean {
    return isKnownSilent(this.#directory(), this.#of(sender));
  }

  rememberSilence(sender: Sender): void {
    rememberSilence(this.#directory(), this.#of(sender));
  }

  /** A wait for it ran out. */
  timeout(sender: Sender, timeoutMs: number): DeliveryFailure {
    const stage = sender.isInFlight() ? {} : ({ stage: 'sending' } as const);
    return { kind: 'timeout', endpoint: this.#of(sender), timeoutMs: Math.round(timeoutMs), ...stage };
  }

  /** The main thread cannot wait for what it has sent: it is not the fault of the endpoint, unless it had the time. */
  cutShort(sender: Sender, answerBudgetMs: number): DeliveryFailure {
    const { inFlight, endpoint = this.#likely } = sender.latest() ?? {};
    const timeoutMs = Math.round(monotonicMs() - (inFlight?.sinceMs ?? monotonicMs()));
    const isSilent = answerBudgetMs > 0 && timeoutMs >= answerBudgetMs;
    if (isSilent) rememberSilence(this.#directory(), endpoint);
    const stage = isSilent ? {} : ({ stage: 'ending' } as const);
    return { kind: 'timeout', endpoint, timeoutMs, ...stage };
  }

  #of(sender: Sender): string {
    return sender.latest()?.endpoint ?? this.#likely;
  }
}
