/** Hands the batches of one run to whoever sends them, and waits for it: asleep at an exit, awake where the program goes on. */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Spooled } from '../../spool/run-spool.ts';
import type { DeliveryFailure, Verdict } from '../../verdict.ts';
import type { Report } from '../messages.ts';
import { AwaitedEndpoint } from './awaited-endpoint.ts';
import {
  deliverLeftovers,
  drainEndMs,
  endDrainAsleep,
  endDrainAwake,
  giveBackLeftovers,
} from './leftovers-at-end.ts';
import { RunAccount, type SenderState } from './run-account.ts';
import type { Sender } from './sending-place.ts';

/** A wait that was shorter says nothing of an endpoint: the machine may have been busy. */
const VAIN_WAIT_MS = 1000;

/** What the end may take: to send, and from then on to be answered. */
export interface EndBudgets {
  readonly exitBudgetMs: number;
  readonly answerBudgetMs: number;
}

/** Owned by the run, on the main thread. Without a thread, every batch stays where it is. */
export class RunDelivery {
  readonly #thread: Sender | undefined;
  readonly #endpoint: AwaitedEndpoint;
  readonly #account = new RunAccount();
  #asked: { readonly handed: number; readonly isEnough: (report: Report) => boolean } | undefined;

  /** `endpoint` and `directory` as {@link AwaitedEndpoint} takes them. */
  constructor(
    thread: Sender | undefined,
    endpoint: string,
    directory: () => string | undefined = () => undefined,
  ) {
    this.#thread = thread;
    this.#endpoint = new AwaitedEndpoint(endpoint, directory);
  }

  /** Counts a batch and passes it on: by its place on disk, or itself when the disk refused it. */
  hand(spooled: Spooled, body: Uint8Array): void {
    const command = this.#account.add(spooled, body);
    // A program that never yields receives no event; its reports would pile up.
    if (this.#account.handed() % 64 === 0) this.report();
    this.#thread?.send(command);
  }

  /** The newest report of the thread. */
  report(): Report | undefined {
    return this.#thread?.latest();
  }

  /** An end may come again, when a later exit handler of the host measures something. */
  reopen(): void {
    this.#thread?.reopen();
  }

  /** Asks for the attempt that `waitAsleep` will wait for, so that it is made meanwhile. */
  askAhead(budgetMs: number): void {
    const thread = this.#thread;
    if (thread === undefined || thread.isCutShort() || this.isSettled()) return;
    this.#asked = { handed: this.#account.handed(), isEnough: this.#ask(thread, budgetMs) };
  }

  /** Nothing leaves any more that nobody waits for. */
  close(): void {
    this.#thread?.close();
  }

  /** Whether nothing of the run waits any more. */
  isSettled(): boolean {
    return this.#account.isSettled(this.report());
  }

  /**
   * Asks for an attempt and sleeps until it is made, all is settled, or the budget is over. If the Collector
   * is just taking what earlier runs left, it gets a moment more: a program that always ends at once would
   * else never deliver them. What is in flight when the budget is over is the costliest to give up, because it would come
   * twice: its answer is waited for up to `answerBudgetMs` from the moment that it was sent.
   */
  waitAsleep(budgetMs: number, answerBudgetMs: number = 0): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    const deadline = monotonicMs() + budgetMs;
    if (thread.isCutShort()) {
      this.#account.noteCutShort(this.#endpoint.cutShort(thread, answerBudgetMs));
    } else if (!this.isSettled()) {
      const isEnough = this.#askedAhead() ?? this.#ask(thread, budgetMs);
      thread.waitAsleep(budgetMs, isEnough);
      const isOnItsWay = !isReported(thread, isEnough) && thread.close();
      const moreMs = isOnItsWay ? this.#waitForAnswer(thread, answerBudgetMs, isEnough) : 0;
      this.#noteUnanswered(thread, budgetMs + moreMs);
    }
    endDrainAsleep(thread, Math.max(0, deadline - monotonicMs()));
    // What would leave from now on would leave in vain, and come again.
    if (thread.close()) this.#waitForAnswer(thread, answerBudgetMs, () => !thread.isInFlight());
    giveBackLeftovers(thread);
  }

  /**
   * Only for what was sent whole, and only where the answer is worth it. Returns the longest that it waited beyond the
   * budget.
   */
  #waitForAnswer(thread: Sender, answerBudgetMs: number, isEnough: (report: Report) => boolean): number {
    // Nobody can sleep where the answer arrives: it is not heard, which says nothing of the endpoint.
    if (thread.isOnMain()) return 0;
    const moreMs = this.#endpoint.answerMs(thread, answerBudgetMs);
    if (moreMs === undefined) return 0;
    thread.waitAsleep(moreMs, isEnough);
    this.#rememberSilence(thread, isEnough);
    return moreMs;
  }

  /**
   * `waitAsleep` for a program that ends by itself: its event loop goes on, and what earlier runs left is begun here.
   * `isOver` says whether it was let go.
   */
  async endAwake(budgets: EndBudgets, isOver: () => boolean): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    await this.#sendAwake(thread, budgets, isOver);
    thread.reopen();
    thread.hangUp();
  }

  /** What `endAwake` waits for is not waited for any more; what has no connection yet is given up. */
  letGo(): void {
    this.#thread?.letGo();
  }

  async #sendAwake(
    thread: Sender,
    { exitBudgetMs, answerBudgetMs }: EndBudgets,
    isOver: () => boolean,
  ): Promise<void> {
    const deadline = monotonicMs() + exitBudgetMs;
    if (!this.isSettled()) {
      const isEnough = this.#ask(thread, exitBudgetMs);
      await thread.waitAwake(exitBudgetMs, isEnough);
      const isOnItsWay = !isOver() && !isReported(thread, isEnough) && thread.close();
      const moreMs = isOnItsWay ? await this.#awaitAnswer(thread, answerBudgetMs, isEnough) : 0;
      if (isOver()) return;
      if (moreMs > 0) this.#rememberSilence(thread, isEnough);
      this.#noteUnanswered(thread, exitBudgetMs + moreMs);
    }
    const leftMs = deadline - monotonicMs();
    await this.#deliverLeftovers(thread, leftMs, leftMs);
    // What would leave from now on would leave in vain, and come again.
    const isAnswered = (): boolean => !thread.isInFlight();
    if (!isOver() && thread.close() && (await this.#awaitAnswer(thread, answerBudgetMs, isAnswered)) > 0)
      if (!isOver()) this.#rememberSilence(thread, isAnswered);
    giveBackLeftovers(thread);
  }

  /** `#waitForAnswer` as a promise, which remembers nothing. */
  async #awaitAnswer(
    thread: Sender,
    answerBudgetMs: number,
    isEnough: (report: Report) => boolean,
  ): Promise<number> {
    const moreMs = this.#endpoint.answerMs(thread, answerBudgetMs) ?? 0;
    if (moreMs > 0) await thread.waitAwake(moreMs, isEnough);
    return moreMs;
  }

  #rememberSilence(thread: Sender, isEnough: (report: Report) => boolean): void {
    if (isReported(thread, isEnough) || !thread.isInFlight()) return;
    this.#endpoint.rememberSilence(thread);
  }

  /**
   * The same as a promise, for a process that goes on; it does not keep the process alive. Once it was in vain it takes
   * `exitBudgetMs` at most, until the endpoint is heard of again.
   */
  async waitAwake(timeoutMs: number, exitBudgetMs: number = timeoutMs): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined || this.isSettled()) return;
    const waitMs = this.#endpoint.isKnownSilent(thread) ? Math.min(timeoutMs, exitBudgetMs) : timeoutMs;
    const startMs = monotonicMs();
    await thread.waitAwake(waitMs, this.#ask(thread, undefined), false);
    this.#noteUnanswered(thread, waitMs);
    if (monotonicMs() - startMs >= VAIN_WAIT_MS) this.#rememberVainWait(thread);
    thread.hangUp();
  }

  /** Also when the request itself had no more time. */
  #rememberVainWait(thread: Sender): void {
    const { failure } = this.verdict();
    if (this.isSettled() || failure?.kind !== 'timeout') return;
    this.#endpoint.rememberSilence(thread);
    thread.send({ kind: 'silent' });
  }

  /**
   * How long the answer to what the main thread has sent is still worth a wait. Nobody can wait for it once the process
   * exits, as for what a thread has sent.
   */
  openAnswerMs({ exitBudgetMs, answerBudgetMs }: EndBudgets): number {
    const thread = this.#thread;
    if (thread?.isOnMain() !== true || !thread.isInFlight()) return 0;
    const nowMs = monotonicMs();
    const sinceMs = thread.latest()?.inFlight?.sinceMs ?? nowMs;
    return Math.max(0, sinceMs + exitBudgetMs - nowMs, this.#endpoint.answerMs(thread, answerBudgetMs) ?? 0);
  }

  /**
   * The same moment more for what earlier runs left, and `timeoutMs` at most, for a provider that shuts down in a process
   * that goes on.
   */
  async drainAwake(timeoutMs: number, answerBudgetMs: number = 0): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined || timeoutMs <= 0) return;
    const answersWithinMs = drainEndMs(timeoutMs, answerBudgetMs);
    if (thread.isOnMain()) await this.#deliverLeftovers(thread, timeoutMs, answersWithinMs);
    else await endDrainAwake(thread, timeoutMs, answersWithinMs);
    thread.close();
  }

  /** On the main thread nobody begins with what earlier runs left unless a Collector has just taken something. */
  async #deliverLeftovers(thread: Sender, timeoutMs: number, answersWithinMs: number): Promise<void> {
    if (timeoutMs <= 0 || !thread.isOnMain() || !this.isSettled() || this.verdict().delivered === 0) return;
    await deliverLeftovers(thread, timeoutMs, answersWithinMs);
  }

  /** Whether there are batches that the disk refused and that nobody will send: at the end, or where no thread runs. */
  hasUnspooled(isLast: boolean): boolean {
    return this.#account.hasUnspooled(this.report()) && (isLast || !this.hasThread());
  }

  /** Whether there is a thread, and it works. */
  hasThread(): boolean {
    return this.#thread !== undefined && this.#thread.fault() === undefined;
  }

  /**
   * So many batches of the run were removed from the disk. They are lost, but not where delivery is somebody else's: a
   * sidecar may have had them.
   */
  noteRemoved(batches: number): void {
    if (this.#thread !== undefined) this.#account.noteRemoved(batches);
  }

  /** Asks the disk again for what it refused. `append` says whether it was taken. */
  saveUnspooled(append: (body: Uint8Array) => boolean): void {
    this.#account.saveUnspooled(append, this.report());
  }

  /** Batches that neither the disk nor the Collector has taken yet. */
  unsent(): number {
    return this.#account.unsent(this.report());
  }

  /** `spoolFault` says why what was written into the spool is not there any more. */
  verdict(spoolFault?: DeliveryFailure): Verdict {
    const thread = this.#thread;
    const sender: SenderState =
      thread === undefined ? { kind: 'nobody' } : { kind: 'ours', fault: thread.fault() };
    return this.#account.verdict(this.report() ?? {}, sender, spoolFault);
  }

  /** An attempt counts for what was there when it was asked for. */
  #askedAhead(): ((report: Report) => boolean) | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked?.handed === this.#account.handed() ? asked.isEnough : undefined;
  }

  #ask(thread: Sender, answersWithinMs: number | undefined): (report: Report) => boolean {
    const { number, isEnough } = this.#account.nextAttempt();
    thread.send({
      kind: 'attempt',
      attempt: number,
      ...(answersWithinMs === undefined ? {} : { answersWithinMs }),
    });
    return isEnough;
  }

  /** A wait that ran out says so, unless the thread knows better. */
  #noteUnanswered(thread: Sender, timeoutMs: number): void {
    this.#account.noteTimeout(thread.latest(), this.#endpoint.timeout(thread, timeoutMs));
  }
}

/** Whether the newest report says enough. */
function isReported(thread: Sender, isEnough: (report: Report) => boolean): boolean {
  const report = thread.latest();
  return report !== undefined && isEnough(report);
}
