/**
 * Says when the batches of the run itself are sent, one at a time: each is tried at once, and after a failure the lane
 * waits before it tries again; the batches wait on disk meanwhile.
 */
import type { SpoolFileName } from '../../spool/spool-file-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { Command, UnspooledBatch } from '../messages.ts';
import type { LaneMeans } from './deliver-file.ts';
import type { LaneReport } from './lane-report.ts';
import { OwnBatches } from './own-batches.ts';
import type { RetrySchedule } from './retry-schedule.ts';

/** What the lane needs beside the means of any delivery. */
export interface LaneTerms {
  readonly owner: string;
  /** Nothing is sent unless an attempt is asked for. */
  readonly isOnDemand: boolean;
  /** Called after every change that the main thread may wait for. */
  readonly onChange: () => void;
  /** A bug: nothing is delivered any more. */
  readonly onFault: (error: unknown) => void;
  /** When a failed delivery is tried again. */
  readonly retry: RetrySchedule;
}

/** Owned by the delivery thread. */
export class OwnLane {
  readonly #terms: LaneTerms;
  readonly #batches: OwnBatches;
  #wantedAttempt = 0;
  #attempt = 0;
  #isLast = false;
  /** `again`: something came while it passed. */
  #pass: 'none' | 'passing' | 'again' = 'none';

  constructor(means: LaneMeans, terms: LaneTerms) {
    this.#terms = terms;
    this.#batches = new OwnBatches(means);
  }

  /** A part that is there, of whose batches none is known yet. */
  addPart(created: SpoolFileName): void {
    this.#batches.addPart(created);
    // What the Collector takes, of this run or of earlier ones, is not a loss to come.
    if (created.part > 1 && this.#terms.retry.isFailing()) this.#batches.enforceLimits(this.#terms.owner);
  }

  /** A batch is on disk. */
  addSpooled(number: number, created: SpoolFileName | undefined): void {
    if (created !== undefined) this.addPart(created);
    this.#batches.addSpooled(number);
    this.#tryUnlessWaiting();
  }

  /** A batch that is on no disk. */
  addUnspooled(batch: UnspooledBatch): void {
    this.#batches.addUnspooled(batch);
    this.#tryUnlessWaiting();
  }

  /**
   * Tries now, except when the Collector itself named a time to come back. An attempt that is under way
   * counts: a process that ends does not knock twice, nor with what this endpoint refused before.
   */
  attempt(attempt: number, isLast: boolean): void {
    this.#wantedAttempt = attempt;
    this.#isLast ||= isLast;
    if (this.#pass !== 'none') return;
    if (!isLast) this.#batches.tryHeldAgain();
    if (this.#terms.retry.isAskedToWait()) this.#finishAttempt();
    else this.#startPass();
  }

  /** What is not settled, in the words in which another lane can be told of it. None of it may be on its way. */
  rest(): Command[] {
    return this.#batches.rest();
  }

  /** What a lane that goes on with the rest need not tell. */
  reportSettled(): LaneReport {
    return { ...this.#batches.reportSettled(), attempt: this.#attempt };
  }

  /** Whether the batch that is next was sent before, and not answered. */
  isHeadMarked(): boolean {
    return this.#batches.isHeadMarked();
  }

  /** Whether somebody waits for an attempt that is not made yet. */
  isAwaited(): boolean {
    return this.#attempt < this.#wantedAttempt;
  }

  /** Whether nothing waits, save what this endpoint refuses. */
  isIdle(): boolean {
    return this.#pass === 'none' && this.#batches.isQuiet();
  }

  report(): LaneReport {
    return { ...this.#batches.report(), attempt: this.#attempt };
  }

  #tryUnlessWaiting(): void {
    if (this.#terms.isOnDemand || this.#terms.retry.isWaiting()) this.#terms.onChange();
    else this.#startPass();
  }

  #startPass(): void {
    if (this.#pass !== 'none') {
      this.#pass = 'again';
      return;
    }
    this.#pass = 'passing';
    this.#passUntilQuiet().catch(this.#terms.onFault);
  }

  async #passUntilQuiet(): Promise<void> {
    let failure: DeliveryFailure | undefined;
    do {
      this.#pass = 'passing';
      failure = await this.#batches.send();
    } while (this.#isAgain() && failure === undefined);
    this.#pass = 'none';
    if (failure === undefined) {
      this.#batches.forgetFailure();
      this.#terms.retry.succeed();
    } else {
      const isOver = this.#isLast || this.#terms.isOnDemand;
      this.#terms.retry.fail(failure, isOver ? undefined : () => this.#startPass());
    }
    this.#finishAttempt();
  }

  #isAgain(): boolean {
    return this.#pass === 'again';
  }

  #finishAttempt(): void {
    this.#attempt = this.#wantedAttempt;
    this.#terms.onChange();
  }
}
