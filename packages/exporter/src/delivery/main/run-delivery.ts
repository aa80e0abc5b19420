/** What became of the batches of one run: hands them to the delivery thread and keeps the account. */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Spooled } from '../../spool/run-spool.ts';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../../verdict.ts';
import type { Report } from '../messages.ts';
import type { SendingPlace } from './sending-place.ts';
import { UnspooledBatches } from './unspooled-batches.ts';

/** How long a dying process goes on draining what earlier runs left, if the Collector takes it. */
const DRAIN_AT_EXIT_MS = 50;

/** How many files of earlier runs the main thread takes at the end. */
const LEFTOVER_FILES = 16;

/** What the account needs of a delivery thread. */
type Thread = Pick<SendingPlace, 'send' | 'latest' | 'fault' | 'waitAsleep' | 'waitAwake' | 'isOnMain'>;

/** Owned by the run, on the main thread. Without a thread, every batch stays where it is. */
export class RunDelivery {
  readonly #thread: Thread | undefined;
  readonly #endpoint: string;
  #handed = 0;
  readonly #unspooled = new UnspooledBatches();
  #removed = 0;
  #attempt = 0;
  #failure: DeliveryFailure | undefined;

  /** `endpoint` is what to name when the thread has not told its own yet. */
  constructor(thread: Thread | undefined, endpoint: string) {
    this.#thread = thread;
    this.#endpoint = endpoint;
  }

  /** Counts a batch and passes it on: by its place on disk, or itself when the disk refused it. */
  hand(spooled: Spooled, body: Uint8Array): void {
    this.#handed += 1;
    // A program that never yields receives no event; its reports would pile up.
    if (this.#handed % 64 === 0) this.report();
    if (spooled.kind === 'refused') {
      this.#unspooled.add(body);
      this.#failure = spooled.failure;
      this.#thread?.send({ kind: 'unspooled', body });
    } else {
      this.#thread?.send(spooled);
    }
  }

  /** The newest report of the thread. */
  report(): Report | undefined {
    return this.#thread?.latest();
  }

  /** Whether nothing of the run waits any more. */
  isSettled(): boolean {
    const report = this.report();
    return this.#handed === 0 || (report !== undefined && isSettled(report, this.#handed));
  }

  /**
   * Asks for an attempt and sleeps until it is made, all is settled, or the budget is over. If the Collector
   * is just taking what earlier runs left, it gets a moment more: a program that always ends at once would
   * else never deliver them, and the batch in flight would be delivered twice.
   */
  waitAsleep(budgetMs: number): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    const deadline = monotonicMs() + budgetMs;
    if (!this.isSettled()) {
      thread.waitAsleep(budgetMs, this.#ask(thread, true));
      this.#noteUnanswered(thread, budgetMs);
    }
    const leftMs = deadline - monotonicMs();
    if (this.report()?.isDraining !== true || leftMs <= 0) return;
    thread.send({ kind: 'stop', inMs: DRAIN_AT_EXIT_MS });
    thread.waitAsleep(Math.min(leftMs, 2 * DRAIN_AT_EXIT_MS), isDrainOver);
  }

  /** The same as a promise, for a process that goes on. */
  async waitAwake(timeoutMs: number): Promise<void> {
    if (this.#thread === undefined || this.isSettled()) return;
    await this.#thread.waitAwake(timeoutMs, this.#ask(this.#thread, false));
    this.#noteUnanswered(this.#thread, timeoutMs);
  }

  /**
   * The same moment more for what earlier runs left, in a process that goes on. On the main thread nobody has begun with it.
   */
  async drainAwake(timeoutMs: number): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined || timeoutMs <= 0) return;
    if (thread.isOnMain()) {
      if (!this.isSettled() || this.verdict().delivered === 0) return;
      thread.send({ kind: 'leftovers', files: LEFTOVER_FILES, forMs: Math.min(timeoutMs, DRAIN_AT_EXIT_MS) });
    } else {
      thread.send({ kind: 'stop', inMs: DRAIN_AT_EXIT_MS });
    }
    if (this.report()?.isDraining === true)
      await thread.waitAwake(Math.min(timeoutMs, 2 * DRAIN_AT_EXIT_MS), isDrainOver);
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
    const { delivered = 0, rejected = 0, lostDataPoints = 0 } = report;
    const unsaved = (report.lost ?? 0) + this.#unsentOf(report);
    const kept = this.#handed - delivered - rejected - unsaved;
    // What was on its way when it was removed may have been delivered.
    const removed = Math.min(this.#removed, kept);
    const spooled = kept - removed;
    const lost = unsaved + removed;
    if (spooled + rejected + lost + lostDataPoints === 0) return { ...NO_VERDICT, delivered };
    const failure = this.#explain(report);
    return {
      delivered,
      spooled,
      rejected,
      lost,
      lostDataPoints,
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #unsentOf(report: Partial<Report> | undefined): number {
    this.#unspooled.settle(report?.unspooledSettled ?? 0);
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

  #ask(thread: Thread, isLast: boolean): (report: Report) => boolean {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const handed = this.#handed;
    thread.send({ kind: 'attempt', attempt, isLast });
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
    };
  }
}

function isDrainOver(report: Report): boolean {
  return !report.isDraining;
}

function isSettled(report: Report, handed: number): boolean {
  return report.seen === handed && report.delivered + report.rejected + report.lost + report.taken === handed;
}
