/**
 * The end of the process, as one run goes through it: what is measured last is persisted, what is not sent is sent within the
 * budgets, and the verdict is told. It may be announced several times, and by itself a program ends before it exits.
 */
import { NaturalEnd } from '../delivery/main/natural-end.ts';
import { EndingListeners } from '../exit/ending-listeners.ts';
import { exitSinceMs } from '../exit/exit-hooks.ts';
import { persistAll } from '../exit/our-listeners.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { sayFault } from '../quietly.ts';
import type { PersistOutcome } from '../verdict.ts';
import type { ArmedRun } from './armed-run.ts';

/** What the end asks of its run. */
export interface RunEndTerms {
  /** `undefined` before the first measurement, and once the run is stopped. */
  readonly armed: () => ArmedRun | undefined;
  /** The process exits, and the exit budget runs. */
  readonly begun: (armed: ArmedRun) => void;
  /** Whether anything is measured and not persisted. */
  readonly isPending: () => boolean;
  readonly persist: () => PersistOutcome;
  readonly clearTimers: () => void;
}

/** Owned by a run. */
export class RunEnd {
  readonly #terms: RunEndTerms;
  readonly #naturalEnd = new NaturalEnd();
  readonly #listeners = new EndingListeners();

  constructor(terms: RunEndTerms) {
    this.#terms = terms;
  }

  /** Who wants to measure something before the last batch. */
  listeners(): Pick<EndingListeners, 'add' | 'addLast'> {
    return this.#listeners;
  }

  /** Other runs of the process are at their end as well: what this one sends is on its way before anybody waits. */
  begin(): void {
    const armed = this.#terms.armed();
    if (armed === undefined) return;
    this.#persistLast(armed);
    if (!this.#isAttempted(armed)) armed.delivery.askAhead(armed.settings.exitBudgetMs);
  }

  /**
   * The process exits. Called again when a later exit handler of the host measures something: that is persisted and
   * delivered too, within what is left of the budget.
   */
  end(): void {
    const armed = this.#terms.armed();
    if (armed === undefined) return;
    const { settings, batches, delivery, conclusion } = armed;
    this.#persistLast(armed);
    // Called without news: the exit event that follows a signal in process 1.
    if (conclusion.isUpToDate()) {
      delivery.close();
      return;
    }
    const sinceMs = exitSinceMs();
    this.#terms.begun(armed);
    const spentMs = monotonicMs() - sinceMs + this.#naturalEnd.spentMs();
    if (!this.#naturalEnd.hasAttempted(batches.newest()))
      delivery.waitAsleep(Math.max(0, settings.exitBudgetMs - spentMs), settings.answerBudgetMs);
    conclusion.conclude();
  }

  /** The event loop is empty: the program ends by itself, and what is sent now needs no thread. */
  endNaturally(): void {
    const armed = this.#terms.armed();
    if (armed === undefined || !this.#naturalEnd.isPossible()) return;
    this.#naturalEnd.prepare();
    this.#listeners.announce(persistAll);
    // Ours must not be taken for the host's, which are put off.
    this.#terms.clearTimers();
    this.#terms.persist();
    if (this.#isAttempted(armed) || !this.#canSendNaturally(armed)) return;
    // Again: whoever was told of the end may have added a listener.
    if (!this.#naturalEnd.isPossible()) return;
    this.#naturalEnd
      .send(armed.delivery, armed.batches.newest(), armed.settings)
      // A bug; thrown, it would change the exit code.
      .catch(sayFault);
  }

  #persistLast(armed: ArmedRun): void {
    armed.delivery.reopen();
    this.#listeners.announce(persistAll);
    // Before the last batch is written: it boots meanwhile.
    if (this.#terms.isPending() || !this.#isAttempted(armed)) armed.place?.boot();
    this.#terms.persist();
  }

  /** What a flush that nobody awaits has sent is waited for here as well. */
  #canSendNaturally({ settings, place, delivery }: ArmedRun): boolean {
    if (place?.canSendFromMain() === true) return true;
    return !this.#naturalEnd.isTakenBack() && delivery.openAnswerMs(settings) > 0;
  }

  /** Whether all batches are settled, or a natural end has tried. */
  #isAttempted({ batches, delivery }: ArmedRun): boolean {
    return this.#naturalEnd.hasAttempted(batches.newest()) || delivery.isSettled();
  }
}
