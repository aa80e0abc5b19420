/**
 * Delivers the batches of the run itself, in order, one at a time. It is told of each batch, tries at once,
 * and after a failure waits before it tries again; the batches wait on disk meanwhile.
 */
import { existsSync, unlinkSync } from 'node:fs';
import { addToLedger } from '../../spool/ledger.ts';
import { setAsideLine } from '../../spool/set-aside.ts';
import type { SpoolFileName } from '../../spool/spool-file-name.ts';
import { spoolFilePath } from '../../spool/spool-file-name.ts';
import type { SpoolFile } from '../../spool/spool-files.ts';
import { enforceSpoolLimits } from '../../spool/spool-limits.ts';
import type { SpoolLine } from '../../spool/spool-lines.ts';
import { addTally, countLost, countSettled, EMPTY_TALLY, type Tally } from '../../tally.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { Command, Report, UnspooledBatch } from '../messages.ts';
import { openAccount } from './account.ts';
import { type DeliveryMeans, deliverFile, settleDelivered, settleRejected } from './deliver-file.ts';
import { MemoryQueue } from './memory-queue.ts';
import { RetrySchedule } from './retry-schedule.ts';

/** One part of the run, with how many of its batches are known and how many are settled. */
interface Part {
  readonly number: number;
  file: SpoolFile;
  seen: number;
  settled: number;
}

/** What the lane needs beside the means of any delivery. */
export interface LaneTerms {
  readonly owner: string;
  /** Nothing is sent unless an attempt is asked for. */
  readonly isOnDemand: boolean;
  /** Called after every change that the main thread may wait for. */
  readonly onChange: () => void;
  /** A bug: nothing is delivered any more. */
  readonly onFault: (error: unknown) => void;
}

/** What a lane knows of the report. */
export type LaneReport = Omit<Report, 'isDraining' | 'problems' | 'drain' | 'endpoint' | 'rejectedRemoved'>;

/** A report of a lane that was told of nothing. */
export const NO_LANE_REPORT: LaneReport = {
  seen: 0,
  tally: EMPTY_TALLY,
  taken: 0,
  others: EMPTY_TALLY,
  unspooledSettled: { below: 0, open: [] },
  lostDataPoints: 0,
  attempt: 0,
};

/** Owned by the delivery thread. */
export class OwnLane {
  readonly #means: DeliveryMeans;
  readonly #terms: LaneTerms;
  readonly #account = openAccount();
  readonly #parts: Part[] = [];
  readonly #memory = new MemoryQueue();
  #runId = '';
  #seen = 0;
  #taken = 0;
  #others: Tally = EMPTY_TALLY;
  #wantedAttempt = 0;
  #attempt = 0;
  #isLast = false;
  #isPassing = false;
  #isAgain = false;
  readonly #retry = new RetrySchedule();

  constructor(means: DeliveryMeans, terms: LaneTerms) {
    this.#means = means;
    this.#terms = terms;
  }

  /** A part that is there, of whose batches none is known yet. */
  addPart(created: SpoolFileName): void {
    this.#addPart(created.part, created);
  }

  /** A batch is on disk. */
  addSpooled(number: number, created: SpoolFileName | undefined): void {
    this.#seen += 1;
    if (created !== undefined) this.#addPart(number, created);
    const part = this.#parts.at(-1);
    if (part?.number === number) part.seen += 1;
    else this.#taken += 1;
    this.#tryUnlessWaiting();
  }

  /** A batch that is on no disk. */
  addUnspooled(batch: UnspooledBatch): void {
    this.#seen += 1;
    const unsent = this.#memory.push(batch);
    this.#account.tally.unsent += unsent;
    this.#means.note({ unsent });
    this.#tryUnlessWaiting();
  }

  /**
   * Tries now, except when the Collector itself named a time to come back. An attempt that is under way
   * counts: a process that ends does not knock twice, nor with what this endpoint refused before.
   */
  attempt(attempt: number, isLast: boolean): void {
    this.#wantedAttempt = attempt;
    this.#isLast ||= isLast;
    if (this.#isPassing) return;
    if (!isLast) this.#memory.tryHeldAgain();
    if (this.#retry.isAskedToWait()) this.#finishAttempt();
    else this.#pass();
  }

  /** What is not settled, in the words in which another lane can be told of it. None of it may be on its way. */
  rest(): Command[] {
    const parts = this.#parts.flatMap((part): Command[] => [
      { kind: 'part', created: part.file },
      ...Array.from(
        { length: Math.max(0, part.seen - part.settled) },
        (): Command => ({ kind: 'spooled', part: part.number }),
      ),
    ]);
    return [...parts, ...this.#memory.rest().map((batch): Command => ({ kind: 'unspooled', ...batch }))];
  }

  /** What a lane that goes on with the rest need not tell. */
  reportSettled(): LaneReport {
    return { ...this.report(), seen: this.#settled(), tally: { ...this.#account.tally } };
  }

  /** Whether the batch that is next was sent before, and not answered. */
  isHeadMarked(): boolean {
    return this.#parts[0]?.file.sentUnixSeconds !== undefined;
  }

  /** Whether nothing waits, save what this endpoint refuses. */
  isIdle(): boolean {
    return !this.#isPassing && this.#settled() + this.#memory.held() === this.#seen;
  }

  report(): LaneReport {
    const current = this.#parts.at(-1);
    const { tally, failure, lostDataPoints } = this.#account;
    return {
      seen: this.#seen,
      tally: addTally(tally, { inDoubt: this.isHeadMarked() ? 1 : 0 }),
      taken: this.#taken,
      others: this.#others,
      unspooledSettled: this.#memory.settled(),
      lostDataPoints,
      attempt: this.#attempt,
      ...(failure === undefined ? {} : { failure }),
      ...(current === undefined ? {} : { currentPath: current.file.path }),
    };
  }

  #settled(): number {
    const { tally } = this.#account;
    return countSettled(tally) + tally.inDoubt + this.#taken;
  }

  #addPart(number: number, created: SpoolFileName): void {
    this.#runId = created.runId;
    const path = spoolFilePath(this.#means.directory, created);
    const file = { ...created, path, bytes: 0, modifiedUnixMs: this.#means.nowUnixMs() };
    this.#parts.push({ number, file, seen: 0, settled: 0 });
    // What the Collector takes, of this run or of earlier ones, is no loss to come.
    if (number > 1 && this.#retry.isFailing()) this.#enforceLimits();
  }

  /** A new part is the moment to look at the spool as a whole; what goes of our own is counted as lost. */
  #enforceLimits(): void {
    const old = this.#parts.slice(1, -1);
    const isOwnOldPart = (file: SpoolFile): boolean => old.some((part) => part.file.path === file.path);
    const { directory, nowUnixMs } = this.#means;
    const removed = enforceSpoolLimits(directory, {
      owner: this.#terms.owner,
      nowUnixMs: nowUnixMs(),
      note: (counts) => addToLedger(directory, counts),
      isOwnOldPart,
    });
    for (const expired of removed) {
      const index = this.#parts.findIndex(
        (part) => part.number === expired.part && expired.runId === this.#runId,
      );
      if (index === -1) this.#others = addTally(this.#others, { expired: expired.batches });
      else this.#account.tally.expired += expired.batches;
      if (index !== -1) this.#parts.splice(index, 1);
    }
  }

  #tryUnlessWaiting(): void {
    if (this.#terms.isOnDemand || this.#retry.isWaiting()) this.#terms.onChange();
    else this.#pass();
  }

  #pass(): void {
    if (this.#isPassing) {
      this.#isAgain = true;
      return;
    }
    this.#isPassing = true;
    this.#passUntilQuiet().catch(this.#terms.onFault);
  }

  async #passUntilQuiet(): Promise<void> {
    let failure: DeliveryFailure | undefined;
    do {
      this.#isAgain = false;
      failure = await this.#passParts();
      // What the disk refuses says nothing of the endpoint.
      if (failure === undefined || failure.kind === 'spool') failure = (await this.#passMemory()) ?? failure;
    } while (this.#isAgain && failure === undefined);
    this.#isPassing = false;
    if (failure === undefined) {
      this.#forgetFailure();
      this.#retry.succeed();
    } else {
      const isOver = this.#isLast || this.#terms.isOnDemand;
      this.#retry.fail(failure, isOver ? undefined : () => this.#pass());
    }
    this.#finishAttempt();
  }

  /** What is over explains nothing that waits from now on; of batches that we will never deliver the reason stays. */
  #forgetFailure(): void {
    const { failure, tally } = this.#account;
    const isFinal = failure?.kind === 'rejected' || failure?.kind === 'partial';
    const lost = countLost(tally) - tally.abandoned;
    if (!isFinal && lost + this.#taken + this.#memory.held() === 0) this.#account.failure = undefined;
  }

  #finishAttempt(): void {
    this.#attempt = this.#wantedAttempt;
    this.#terms.onChange();
  }

  async #passParts(): Promise<DeliveryFailure | undefined> {
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      const failure = await this.#passPart(part);
      if (failure !== undefined) return failure;
      if (this.#parts.length === 1) return undefined;
      this.#parts.shift();
      unlinkQuietly(part.file.path);
    }
    return undefined;
  }

  async #passPart(part: Part): Promise<DeliveryFailure | undefined> {
    // At once: what is settled and where the file is must be known whenever another lane takes over.
    const onMoved = (file: SpoolFile): void => {
      part.file = file;
      part.settled += 1;
    };
    const delivery = await deliverFile(this.#means, part.file, this.#account, 'this run', onMoved);
    if (delivery.kind === 'in-doubt') return await this.#passAside(part, delivery);
    if (delivery.kind === 'refused' && this.#isBehind(part)) return await this.#passAside(part, delivery);
    if (delivery.kind === 'gone') {
      this.#letGo(Math.max(0, part.seen - part.settled));
      part.settled = part.seen;
      return undefined;
    }
    part.file = delivery.file;
    return delivery.kind === 'stopped' || delivery.kind === 'refused' ? delivery.failure : undefined;
  }

  /** Whether anything waits behind the next batch of a part. */
  #isBehind(part: Part): boolean {
    return part.seen - part.settled > 1 || this.#parts.length > 1 || !this.#memory.isEmpty();
  }

  /** Another process has them; but one that delivers leaves the spool's directory where it is. */
  #letGo(batches: number): void {
    if (existsSync(this.#means.directory)) {
      this.#taken += batches;
      return;
    }
    this.#account.tally.unsent += batches;
    const detail = 'it was removed while the program ran';
    this.#account.failure = { kind: 'spool', path: this.#means.directory, detail };
  }

  /** What is kept in doubt, or not taken by an endpoint that takes others, must not hold up what comes behind it. */
  async #passAside(
    part: Part,
    { file, line }: { readonly file: SpoolFile; readonly line: SpoolLine },
  ): Promise<DeliveryFailure | undefined> {
    part.file = file;
    const moved = setAsideLine(this.#means.directory, file, line);
    if (moved.kind === 'refused') return moved.failure;
    if (moved.kind === 'gone') return await this.#passPart(part);
    part.file = moved.file;
    part.settled += 1;
    // Not in doubt it is as safe as what another process took, and a later drain offers it again.
    if (file.sentUnixSeconds === undefined) this.#taken += 1;
    else this.#account.tally.inDoubt += 1;
    return await this.#passPart(part);
  }

  async #passMemory(): Promise<DeliveryFailure | undefined> {
    for (let taken = this.#memory.take(); taken !== undefined; taken = this.#memory.take()) {
      const outcome = await this.#means.post(taken.body);
      if (outcome.kind === 'failed' && outcome.failure.kind !== 'rejected') {
        this.#account.failure = outcome.failure;
        if (outcome.isOfTheBatch === true) {
          this.#memory.hold();
          continue;
        }
        this.#memory.putBack();
        return outcome.failure;
      }
      const batch = { runId: this.#runId, offsetBytes: this.#seen, body: taken.body };
      const settled =
        outcome.kind === 'delivered'
          ? settleDelivered(outcome, this.#account)
          : settleRejected(this.#means, batch, outcome.failure, this.#account);
      this.#memory.settle();
      this.#means.note(settled);
    }
    return undefined;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process has taken it.
  }
}
