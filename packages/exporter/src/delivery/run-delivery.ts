/** What became of the batches of one run: hands them to the delivery thread and keeps the account. */
import type { Spooled } from '../spool/run-spool.ts';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../verdict.ts';
import type { DeliveryThread } from './delivery-thread.ts';
import type { Report } from './messages.ts';

/** Owned by the run, on the main thread. Without a thread, every batch stays where it is. */
export class RunDelivery {
  readonly #thread: DeliveryThread | undefined;
  readonly #endpoint: string;
  #handed = 0;
  #unspooled = 0;
  #attempt = 0;
  #failure: DeliveryFailure | undefined;

  /** `endpoint` is what to name when the thread has not told its own yet. */
  constructor(thread: DeliveryThread | undefined, endpoint: string) {
    this.#thread = thread;
    this.#endpoint = endpoint;
  }

  /** Counts a batch and passes it on: by its place on disk, or itself when the disk refused it. */
  hand(spooled: Spooled, body: Uint8Array): void {
    this.#handed += 1;
    if (spooled.kind === 'refused') {
      this.#unspooled += 1;
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

  /** Asks for an attempt and sleeps until it is made, all is settled, or the budget is over. */
  waitAsleep(budgetMs: number): void {
    if (this.#thread === undefined || this.isSettled()) return;
    this.#thread.waitAsleep(budgetMs, this.#ask(this.#thread, true));
    this.#noteUnanswered(this.#thread, budgetMs);
  }

  /** The same as a promise, for a process that goes on. */
  async waitAwake(timeoutMs: number): Promise<void> {
    if (this.#thread === undefined || this.isSettled()) return;
    await this.#thread.waitAwake(timeoutMs, this.#ask(this.#thread, false));
    this.#noteUnanswered(this.#thread, timeoutMs);
  }

  verdict(): Verdict {
    if (this.#handed === 0) return NO_VERDICT;
    const report: Partial<Report> = this.report() ?? {};
    const { delivered = 0, rejected = 0, lostDataPoints = 0 } = report;
    const lost = (report.lost ?? 0) + this.#unspooled - (report.unspooledSettled ?? 0);
    const spooled = this.#handed - delivered - rejected - lost;
    if (spooled + rejected + lost + lostDataPoints === 0) return { ...NO_VERDICT, delivered };
    const failure = this.#explain(report.failure);
    return {
      delivered,
      spooled,
      rejected,
      lost,
      lostDataPoints,
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #explain(reported: DeliveryFailure | undefined): DeliveryFailure | undefined {
    if (this.#thread === undefined) return this.#failure ?? { kind: 'spool-only' };
    const fault = this.#thread.fault();
    return reported ?? (fault === undefined ? this.#failure : { kind: 'thread', detail: fault });
  }

  #ask(thread: DeliveryThread, isLast: boolean): (report: Report) => boolean {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const handed = this.#handed;
    thread.send({ kind: 'attempt', attempt, isLast });
    return (report) => isSettled(report, handed) || report.attempt >= attempt;
  }

  /** A wait that ran out says so, unless the thread knows better. */
  #noteUnanswered(thread: DeliveryThread, timeoutMs: number): void {
    const report = thread.latest();
    if (this.isSettled() || (report?.attempt ?? 0) >= this.#attempt) return;
    this.#failure = {
      kind: 'timeout',
      endpoint: report?.endpoint ?? this.#endpoint,
      timeoutMs: Math.round(timeoutMs),
    };
  }
}

function isSettled(report: Report, handed: number): boolean {
  return report.seen === handed && report.delivered + report.rejected + report.lost + report.taken === handed;
}
