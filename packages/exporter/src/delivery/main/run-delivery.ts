/** What became of the batches of one run: hands them to the delivery thread and keeps the account. */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Spooled } from '../../spool/run-spool.ts';
import { addTally, countLost, countSettled, EMPTY_TALLY, type Tally } from '../../tally.ts';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../../verdict.ts';
import type { Report } from '../messages.ts';
import { isAnswerWorthAWait, rememberSilence } from './known-endpoint.ts';
import type { SendingPlace } from './sending-place.ts';
import { UnspooledBatches } from './unspooled-batches.ts';

/** How long a dying process goes on draining what earlier runs left, if the Collector takes it. */
const DRAIN_AT_EXIT_MS = 50;

/** How many files of earlier runs the main thread takes at the end. */
const LEFTOVER_FILES = 16;

/** What the account needs of the place that sends. */
type Thread = Pick<
  SendingPlace,
  | 'send'
  | 'latest'
  | 'fault'
  | 'waitAsleep'
  | 'waitAwake'
  | 'close'
  | 'reopen'
  | 'isInFlight'
  | 'isCutShort'
  | 'releaseLeases'
  | 'isOnMain'
  | 'hangUp'
  | 'letGo'
>;

/** What the end may take: to send, and from then on to be answered. */
export interface EndBudgets {
  readonly exitBudgetMs: number;
  readonly answerBudgetMs: number;
}

/** Owned by the run, on the main thread. Without a thread, every batch stays where it is. */
export class RunDelivery {
  readonly #thread: Thread | undefined;
  readonly #endpoint: string;
  readonly #directory: () => string | undefined;
  #handed = 0;
  readonly #unspooled = new UnspooledBatches();
  #removed = 0;
  #attempt = 0;
  #failure: DeliveryFailure | undefined;

  /**
   * `endpoint` is what to name when the thread has not told its own yet. `directory` says where the spool is, in which what is
   * known of endpoints is remembered; asked when there is something to remember.
   */
  constructor(
    thread: Thread | undefined,
    endpoint: string,
    directory: () => string | undefined = () => undefined,
  ) {
    this.#thread = thread;
    this.#endpoint = endpoint;
    this.#directory = directory;
  }

  /** Counts a batch and passes it on: by its place on disk, or itself when the disk refused it. */
  hand(spooled: Spooled, body: Uint8Array): void {
    this.#handed += 1;
    // A program that never yields receives no event; its reports would pile up.
    if (this.#handed % 64 === 0) this.report();
    if (spooled.kind === 'refused') {
      const number = this.#unspooled.add(body);
      this.#failure = spooled.failure;
      this.#thread?.send({ kind: 'unspooled', number, body });
    } else {
      this.#thread?.send(spooled);
    }
  }

  /** The newest report of the thread. */
  report(): Report | undefined {
    return this.#thread?.latest();
  }

  /** An end may come again, when a later exit handler of the host measures something. */
  reopen(): void {
    this.#thread?.reopen();
  }

  /** Nothing leaves any more that nobody waits for. */
  close(): void {
    this.#thread?.close();
  }

  /** Whether nothing of the run waits any more. */
  isSettled(): boolean {
    const report = this.report();
    return this.#handed === 0 || (report !== undefined && isSettled(report, this.#handed));
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
      this.#noteCutShort(thread, answerBudgetMs);
    } else if (!this.isSettled()) {
      const isEnough = this.#ask(thread, budgetMs);
      thread.waitAsleep(budgetMs, isEnough);
      const isOnItsWay = !isReported(thread, isEnough) && thread.close();
      const moreMs = isOnItsWay ? this.#waitForAnswer(thread, answerBudgetMs, isEnough) : 0;
      this.#noteUnanswered(thread, budgetMs + moreMs);
    }
    const leftMs = Math.max(0, deadline - monotonicMs());
    if (this.report()?.isDraining === true) {
      thread.send({ kind: 'stop', inMs: Math.min(leftMs, DRAIN_AT_EXIT_MS), answersWithinMs: leftMs });
      thread.waitAsleep(leftMs, isDrainOver);
    }
    // What would leave from now on would leave in vain, and come again.
    if (thread.close()) this.#waitForAnswer(thread, answerBudgetMs, () => !thread.isInFlight());
    if (this.report()?.isDraining === true) thread.releaseLeases();
  }

  /**
   * Only for what was sent whole, and only where the answer is worth it. Returns the longest that it waited beyond the
   * budget.
   */
  #waitForAnswer(thread: Thread, answerBudgetMs: number, isEnough: (report: Report) => boolean): number {
    // Nobody can sleep where the answer arrives: it is not heard, which says nothing of the endpoint.
    if (thread.isOnMain()) return 0;
    const moreMs = this.#answerMs(thread, answerBudgetMs);
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
    thread: Thread,
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
    if (this.report()?.isDraining === true) thread.releaseLeases();
  }

  /** `#waitForAnswer` as a promise, which remembers nothing. */
  async #awaitAnswer(
    thread: Thread,
    answerBudgetMs: number,
    isEnough: (report: Report) => boolean,
  ): Promise<number> {
    const moreMs = this.#answerMs(thread, answerBudgetMs) ?? 0;
    if (moreMs > 0) await thread.waitAwake(moreMs, isEnough);
    return moreMs;
  }

  /** How long the answer to what is in flight is waited for; `undefined` where it is not worth it. */
  #answerMs(thread: Thread, answerBudgetMs: number): number | undefined {
    if (answerBudgetMs === 0) return undefined;
    const { inFlight, endpoint = this.#endpoint } = thread.latest() ?? {};
    if (!isAnswerWorthAWait(this.#directory(), endpoint)) return undefined;
    const nowMs = monotonicMs();
    return Math.max(0, (inFlight?.sinceMs ?? nowMs) + answerBudgetMs - nowMs);
  }

  #rememberSilence(thread: Thread, isEnough: (report: Report) => boolean): void {
    if (isReported(thread, isEnough) || !thread.isInFlight()) return;
    rememberSilence(this.#directory(), thread.latest()?.endpoint ?? this.#endpoint);
  }

  /** The same as a promise, for a process that goes on; it does not keep the process alive. */
  async waitAwake(timeoutMs: number): Promise<void> {
    if (this.#thread === undefined || this.isSettled()) return;
    await this.#thread.waitAwake(timeoutMs, this.#ask(this.#thread, undefined), false);
    this.#noteUnanswered(this.#thread, timeoutMs);
    this.#thread.hangUp();
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
    return Math.max(0, sinceMs + exitBudgetMs - nowMs, this.#answerMs(thread, answerBudgetMs) ?? 0);
  }

  /**
   * The same moment more for what earlier runs left, and `timeoutMs` at most, for a provider that shuts down in a process
   * that goes on.
   */
  async drainAwake(timeoutMs: number, answerBudgetMs: number = 0): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined || timeoutMs <= 0) return;
    const answersWithinMs = Math.min(timeoutMs, 2 * DRAIN_AT_EXIT_MS + answerBudgetMs);
    if (thread.isOnMain()) {
      await this.#deliverLeftovers(thread, timeoutMs, answersWithinMs);
    } else if (this.report()?.isDraining === true) {
      thread.send({ kind: 'stop', inMs: Math.min(timeoutMs, DRAIN_AT_EXIT_MS), answersWithinMs });
      await thread.waitAwake(answersWithinMs, isDrainOver);
    }
    thread.close();
  }

  /** On the main thread nobody begins with what earlier runs left unless a Collector has just taken something. */
  async #deliverLeftovers(thread: Thread, timeoutMs: number, answersWithinMs: number): Promise<void> {
    if (timeoutMs <= 0 || !thread.isOnMain() || !this.isSettled() || this.verdict().delivered === 0) return;
    const forMs = Math.min(timeoutMs, DRAIN_AT_EXIT_MS);
    thread.send({ kind: 'leftovers', files: LEFTOVER_FILES, forMs, answersWithinMs });
    if (this.report()?.isDraining === true) await thread.waitAwake(answersWithinMs, isDrainOver);
  }

  /** Whether there are batches that the disk refused and that nobody will send: at the end, or where no thread runs. */
  hasUnspooled(isLast: boolean): boolean {
    if (this.#unspooled.isEmpty() || this.unsent() === 0) return false;
    return isLast || !this.hasThread();
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
    if (this.#thread !== undefined) this.#removed += batches;
  }

  /** Asks the disk again for what it refused. `append` says whether it was taken. */
  saveUnspooled(append: (body: Uint8Array) => boolean): void {
    this.#unspooled.save(append);
    if (this.unsent() === 0 && this.#failure?.kind === 'spool') this.#failure = undefined;
  }

  /** Batches that neither the disk nor the Collector has taken yet. */
  unsent(): number {
    return this.#unsentOf(this.report());
  }

  verdict(): Verdict {
    if (this.#handed === 0) return NO_VERDICT;
    const report: Partial<Report> = this.report() ?? {};
    const tally = this.#tallyOf(report);
    const { lostDataPoints = 0 } = report;
    const verdict = { ...tally, lost: countLost(tally), lostDataPoints };
    if (tally.delivered === this.#handed && lostDataPoints === 0) return verdict;
    const failure = this.#explain(report);
    return failure === undefined ? verdict : { ...verdict, failure };
  }

  /** Each batch that was handed over is in one count: what is not settled is on disk, or was removed from there. */
  #tallyOf(report: Partial<Report>): Tally {
    const { inDoubt, ...settled } = report.tally ?? EMPTY_TALLY;
    const known = addTally({ ...settled, inDoubt: 0 }, { unsent: this.#unsentOf(report) });
    const kept = this.#handed - countSettled(known);
    // What was on its way when it was removed may have been delivered.
    const expired = Math.min(this.#removed, kept);
    const doubted = Math.min(inDoubt, kept - expired);
    return addTally(known, { expired, inDoubt: doubted, spooled: kept - expired - doubted });
  }

  #unsentOf(report: Partial<Report> | undefined): number {
    if (report?.unspooledSettled !== undefined) this.#unspooled.settle(report.unspooledSettled);
    return this.#unspooled.unsent();
  }

  /** A wait that ran out is the reason until the thread has reported the attempt: what it reported before is older. */
  #explain({ failure: reported, attempt = 0 }: Partial<Report>): DeliveryFailure | undefined {
    if (this.#thread === undefined) return this.#failure ?? { kind: 'spool-only' };
    const fault = this.#thread.fault();
    if (fault !== undefined) return reported ?? { kind: 'thread', detail: fault };
    if (this.#failure?.kind !== 'timeout') return reported ?? this.#failure;
    return attempt < this.#attempt ? this.#failure : reported;
  }

  #ask(thread: Thread, answersWithinMs: number | undefined): (report: Report) => boolean {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const handed = this.#handed;
    thread.send({
      kind: 'attempt',
      attempt,
      ...(answersWithinMs === undefined ? {} : { answersWithinMs }),
    });
    return (report) => isSettled(report, handed) || report.attempt >= attempt;
  }

  /** A wait that ran out says so, unless the thread knows better. */
  #noteUnanswered(thread: Thread, timeoutMs: number): void {
    const report = thread.latest();
    if (this.isSettled() || (report?.attempt ?? 0) >= this.#attempt) return;
    this.#failure = {
      kind: 'timeout',
      endpoint: report?.endpoint ?? this.#endpoint,
      timeoutMs: Math.round(timeoutMs),
      ...(thread.isInFlight() ? {} : { stage: 'sending' }),
    };
  }

  /** The main thread cannot wait for what it has sent: it is not the fault of the endpoint, unless it had the time. */
  #noteCutShort(thread: Thread, answerBudgetMs: number): void {
    const { inFlight, endpoint = this.#endpoint } = thread.latest() ?? {};
    const timeoutMs = Math.round(monotonicMs() - (inFlight?.sinceMs ?? monotonicMs()));
    const isSilent = answerBudgetMs > 0 && timeoutMs >= answerBudgetMs;
    if (isSilent) rememberSilence(this.#directory(), endpoint);
    this.#attempt += 1;
    this.#failure = { kind: 'timeout', endpoint, timeoutMs, ...(isSilent ? {} : { stage: 'ending' }) };
  }
}

/** Whether the newest report says enough. */
function isReported(thread: Thread, isEnough: (report: Report) => boolean): boolean {
  const report = thread.latest();
  return report !== undefined && isEnough(report);
}

function isDrainOver(report: Report): boolean {
  return !report.isDraining;
}

function isSettled(report: Report, handed: number): boolean {
  const { seen, tally, taken } = report;
  return seen === handed && countSettled(tally) + taken === handed;
}
