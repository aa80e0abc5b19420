/**
 * The batches of the run itself that are not delivered yet, on disk and in memory, oldest first, with the account of those
 * that are settled. {@link OwnLane} says when they are sent; this knows which are there and how each goes out.
 */
import { existsSync } from 'node:fs';
import { addToLedger } from '../../spool/ledger.ts';
import { setAsideLine } from '../../spool/set-aside.ts';
import type { SpoolFileName } from '../../spool/spool-file-name.ts';
import type { SpoolFile } from '../../spool/spool-files.ts';
import { enforceSpoolLimits } from '../../spool/spool-limits.ts';
import type { SpoolLine } from '../../spool/spool-lines.ts';
import { addTally, countLost, countSettled, EMPTY_TALLY, type Tally } from '../../tally.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { Command, UnspooledBatch } from '../messages.ts';
import { openAccount } from './account.ts';
import {
  type DeliveryMeans,
  deliverFile,
  type LaneMeans,
  settleDelivered,
  settleRejected,
} from './deliver-file.ts';
import type { LaneReport } from './lane-report.ts';
import { MemoryQueue } from './memory-queue.ts';
import { type Part, PartQueue } from './part-queue.ts';

/** Owned by a lane. */
export class OwnBatches {
  readonly #means: LaneMeans;
  /** What has the run's parts; none where no directory can be used. */
  readonly #spool: DeliveryMeans | undefined;
  readonly #account = openAccount();
  readonly #parts = new PartQueue();
  readonly #memory = new MemoryQueue();
  #seen = 0;
  /** Batches that another process has, or that wait where a later drain offers them. */
  #taken = 0;
  /** Of other runs, removed for the limits. */
  #others: Tally = EMPTY_TALLY;

  constructor(means: LaneMeans) {
    const { directory } = means;
    this.#means = means;
    this.#spool = directory === undefined ? undefined : { ...means, directory };
  }

  /** A part that is there, of whose batches none is known yet. */
  addPart(created: SpoolFileName): void {
    const spool = this.#spool;
    if (spool !== undefined) this.#parts.add(spool.directory, created, spool.nowUnixMs());
  }

  /** A batch is on disk, in the part of this number. */
  addSpooled(number: number): void {
    this.#seen += 1;
    if (!this.#parts.addBatch(number)) this.#taken += 1;
  }

  /** A batch that is on no disk. */
  addUnspooled(batch: UnspooledBatch): void {
    this.#seen += 1;
    const unsent = this.#memory.push(batch);
    this.#account.tally.unsent += unsent;
    this.#means.note({ unsent });
  }

  /** Looks at the spool as a whole; what goes of our own is counted as lost. */
  enforceLimits(owner: string): void {
    if (this.#spool === undefined) return;
    const { directory, nowUnixMs } = this.#spool;
    const removed = enforceSpoolLimits(directory, {
      owner,
      nowUnixMs: nowUnixMs(),
      note: (counts) => addToLedger(directory, counts),
      isOwnOldPart: (file) => this.#parts.isBetween(file),
    });
    for (const expired of removed) {
      if (this.#parts.forget(expired)) this.#account.tally.expired += expired.batches;
      else this.#others = addTally(this.#others, { expired: expired.batches });
    }
  }

  /** Sends one after another, those on disk first, until all are settled or one is not. Returns why that one is not. */
  async send(): Promise<DeliveryFailure | undefined> {
    const failure = await this.#sendParts();
    // What the disk refuses says nothing of the endpoint.
    if (failure !== undefined && failure.kind !== 'spool') return failure;
    return (await this.#sendMemory()) ?? failure;
  }

  /** Those in memory that the endpoint refused, though it takes others, are sent once more. */
  tryHeldAgain(): void {
    this.#memory.tryHeldAgain();
  }

  /** What is not settled, in the words in which another lane can be told of it. None of it may be on its way. */
  rest(): Command[] {
    return [
      ...this.#parts.rest(),
      ...this.#memory.rest().map((batch): Command => ({ kind: 'unspooled', ...batch })),
    ];
  }

  /** Whether the batch that is next was sent before, and not answered. */
  isHeadMarked(): boolean {
    return this.#parts.oldest()?.file.sentUnixSeconds !== undefined;
  }

  /** Whether nothing waits, save what this endpoint refuses. */
  isQuiet(): boolean {
    return this.#settled() + this.#memory.held() === this.#seen;
  }

  /** What is over explains nothing that waits from now on; of batches that we will never deliver the reason stays. */
  forgetFailure(): void {
    const { failure, tally } = this.#account;
    const isFinal = failure?.kind === 'rejected' || failure?.kind === 'partial';
    const lost = countLost(tally) - tally.abandoned;
    if (!isFinal && lost + this.#taken + this.#memory.held() === 0) this.#account.failure = undefined;
  }

  report(): Omit<LaneReport, 'attempt'> {
    const currentPath = this.#parts.currentPath();
    const { tally, failure, lostDataPoints } = this.#account;
    return {
      seen: this.#seen,
      tally: addTally(tally, { inDoubt: this.isHeadMarked() ? 1 : 0 }),
      taken: this.#taken,
      others: this.#others,
      unspooledSettled: this.#memory.settled(),
      lostDataPoints,
      ...(failure === undefined ? {} : { failure }),
      ...(currentPath === undefined ? {} : { currentPath }),
    };
  }

  /** What is left to report when another lane goes on with the rest. */
  reportSettled(): Omit<LaneReport, 'attempt'> {
    return { ...this.report(), seen: this.#settled(), tally: { ...this.#account.tally } };
  }

  #settled(): number {
    const { tally } = this.#account;
    return countSettled(tally) + tally.inDoubt + this.#taken;
  }

  async #sendParts(): Promise<DeliveryFailure | undefined> {
    const spool = this.#spool;
    if (spool === undefined) return undefined;
    for (let part = this.#parts.oldest(); part !== undefined; part = this.#parts.oldest()) {
      const failure = await this.#sendPart(spool, part);
      if (failure !== undefined) return failure;
      if (!this.#parts.leaveOldest()) return undefined;
    }
    return undefined;
  }

  async #sendPart(spool: DeliveryMeans, part: Part): Promise<DeliveryFailure | undefined> {
    // At once: what is settled and where the file is must be known whenever another lane takes over.
    const onMoved = (file: SpoolFile): void => {
      part.file = file;
      part.settled += 1;
    };
    const delivery = await deliverFile(spool, part.file, this.#account, 'this run', onMoved);
    if (delivery.kind === 'in-doubt') return await this.#setAside(spool, part, delivery);
    if (delivery.kind === 'refused' && this.#isBehind(part))
      return await this.#setAside(spool, part, delivery);
    if (delivery.kind === 'gone') {
      this.#letGo(spool, Math.max(0, part.seen - part.settled));
      part.settled = part.seen;
      return undefined;
    }
    part.file = delivery.file;
    return delivery.kind === 'stopped' || delivery.kind === 'refused' ? delivery.failure : undefined;
  }

  /** Whether anything waits behind the next batch of a part. */
  #isBehind(part: Part): boolean {
    return this.#parts.hasBehind(part) || !this.#memory.isEmpty();
  }

  /** Another process has them; but one that delivers leaves the spool's directory where it is. */
  #letGo({ directory }: DeliveryMeans, batches: number): void {
    if (existsSync(directory)) {
      this.#taken += batches;
      return;
    }
    this.#account.tally.unsent += batches;
    const detail = 'it was removed while the program ran';
    this.#account.failure = { kind: 'spool', path: directory, detail };
  }

  /** What is kept in doubt, or not taken by an endpoint that takes others, must not hold up what comes behind it. */
  async #setAside(
    spool: DeliveryMeans,
    part: Part,
    { file, line }: { readonly file: SpoolFile; readonly line: SpoolLine },
  ): Promise<DeliveryFailure | undefined> {
    part.file = file;
    const moved = setAsideLine(spool.directory, file, line);
    if (moved.kind === 'refused') return moved.failure;
    if (moved.kind === 'gone') return await this.#sendPart(spool, part);
    part.file = moved.file;
    part.settled += 1;
    // Not in doubt it is as safe as what another process took, and a later drain offers it again.
    if (file.sentUnixSeconds === undefined) this.#taken += 1;
    else this.#account.tally.inDoubt += 1;
    return await this.#sendPart(spool, part);
  }

  async #sendMemory(): Promise<DeliveryFailure | undefined> {
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
      const batch = { runId: this.#parts.runId(), offsetBytes: taken.number, body: taken.body };
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
