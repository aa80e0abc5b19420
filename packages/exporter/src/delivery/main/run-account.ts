/** The account of a run's batches: which were handed over, and what is known of each from the reports of whoever sends them. */
import type { Spooled } from '../../spool/run-spool.ts';
import { addTally, countLost, countSettled, EMPTY_TALLY, type Tally } from '../../tally.ts';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../../verdict.ts';
import type { Command, Report } from '../messages.ts';
import { UnspooledBatches } from './unspooled-batches.ts';

/** Who sends, as far as the account explains something by it. */
export type SenderState =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'ours'; readonly fault: string | undefined };

/** One attempt that is asked for. */
export interface Attempt {
  readonly number: number;
  /** Whether a report tells that it was made, or that it is needed no more. */
  readonly isEnough: (report: Report) => boolean;
}

/** Owned by a run's delivery. */
export class RunAccount {
  #handed = 0;
  readonly #unspooled = new UnspooledBatches();
  #removed = 0;
  #attempt = 0;
  #failure: DeliveryFailure | undefined;

  /** Counts a batch. Returns the words in which whoever sends is told of it: by its place on disk, or itself when the disk refused it. */
  add(spooled: Spooled, body: Uint8Array): Command {
    this.#handed += 1;
    if (spooled.kind === 'spooled') return spooled;
    this.#failure = spooled.failure;
    return { kind: 'unspooled', number: this.#unspooled.add(body), body };
  }

  /** How many batches were handed over. */
  handed(): number {
    return this.#handed;
  }

  /** Whether nothing of the run waits any more. */
  isSettled(report: Report | undefined): boolean {
    return this.#handed === 0 || (report !== undefined && isSettled(report, this.#handed));
  }

  /** The next attempt, for all that there is by now. */
  nextAttempt(): Attempt {
    this.#attempt += 1;
    const number = this.#attempt;
    const handed = this.#handed;
    return { number, isEnough: (report) => isSettled(report, handed) || report.attempt >= number };
  }

  /** A wait for the last attempt ran out: that is the reason, unless whoever sends knows better. */
  noteTimeout(report: Report | undefined, failure: DeliveryFailure): void {
    if (this.isSettled(report) || (report?.attempt ?? 0) >= this.#attempt) return;
    this.#failure = failure;
  }

  /** An attempt was cut short: nobody waits for what was sent. */
  noteCutShort(failure: DeliveryFailure): void {
    this.#attempt += 1;
    this.#failure = failure;
  }

  /** So many batches of the run were removed from the disk. */
  noteRemoved(batches: number): void {
    this.#removed += batches;
  }

  /** Whether there are batches that neither the disk nor the Collector has taken. */
  hasUnspooled(report: Report | undefined): boolean {
    return !this.#unspooled.isEmpty() && this.unsent(report) > 0;
  }

  /** Asks the disk again for what it refused. `append` says whether it was taken. */
  saveUnspooled(append: (body: Uint8Array) => boolean, report: Report | undefined): void {
    this.#unspooled.save(append);
    if (this.unsent(report) === 0 && this.#failure?.kind === 'spool') this.#failure = undefined;
  }

  /** Batches that neither the disk nor the Collector has taken yet. */
  unsent(report: Partial<Report> | undefined): number {
    if (report?.unspooledSettled !== undefined) this.#unspooled.settle(report.unspooledSettled);
    return this.#unspooled.unsent();
  }

  /** `spoolFault`: what was on disk is not there any more, and no drain will find it. */
  verdict(report: Partial<Report>, sender: SenderState, spoolFault?: DeliveryFailure): Verdict {
    if (this.#handed === 0) return NO_VERDICT;
    const known = this.#tallyOf(report);
    const tally = spoolFault === undefined ? known : withoutSpool(known);
    const { lostDataPoints = 0 } = report;
    const verdict = { ...tally, lost: countLost(tally), lostDataPoints };
    if (tally.delivered === this.#handed && lostDataPoints === 0) return verdict;
    const failure = (countLost(tally) > 0 ? spoolFault : undefined) ?? this.#explain(report, sender);
    return failure === undefined ? verdict : { ...verdict, failure };
  }

  /** Each batch that was handed over is in one count: what is not settled is on disk, or was removed from there. */
  #tallyOf(report: Partial<Report>): Tally {
    const { inDoubt, ...settled } = report.tally ?? EMPTY_TALLY;
    const known = addTally({ ...settled, inDoubt: 0 }, { unsent: this.unsent(report) });
    const kept = this.#handed - countSettled(known);
    // What was on its way when it was removed may have been delivered.
    const expired = Math.min(this.#removed, kept);
    const doubted = Math.min(inDoubt, kept - expired);
    return addTally(known, { expired, inDoubt: doubted, spooled: kept - expired - doubted });
  }

  /** A wait that ran out is the reason until the attempt is reported: what was reported before is older. */
  #explain(
    { failure: reported, attempt = 0 }: Partial<Report>,
    sender: SenderState,
  ): DeliveryFailure | undefined {
    if (sender.kind === 'nobody') return this.#failure ?? { kind: 'spool-only' };
    if (sender.fault !== undefined) return reported ?? { kind: 'thread', detail: sender.fault };
    if (this.#failure?.kind !== 'timeout') return reported ?? this.#failure;
    return attempt < this.#attempt ? this.#failure : reported;
  }
}

/** What waited in a spool that is gone was sent by nobody, and what was sent is given up. */
function withoutSpool({ spooled, inDoubt, ...others }: Tally): Tally {
  return addTally({ ...others, spooled: 0, inDoubt: 0 }, { unsent: spooled, abandoned: inDoubt });
}

function isSettled(report: Report, handed: number): boolean {
  const { seen, tally, taken } = report;
  return seen === handed && countSettled(tally) + taken === handed;
}
