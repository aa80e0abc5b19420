/**
 * What the end of a run leaves: files in their final state, one line on stderr if something is left, the verdict to whoever
 * asked for it. An end may come again, when a later exit handler measures something; then only what is new counts.
 */
import type { RunDelivery } from '../delivery/main/run-delivery.ts';
import { describeThrown } from '../describe-thrown.ts';
import { callHost } from '../exit/call-host.ts';
import { describeEnding } from '../exit/describe-ending.ts';
import { persistAll } from '../exit/our-listeners.ts';
import { NOTHING_UNTOLD, type Untold, untoldOf, untoldSince } from '../exit/untold.ts';
import type { ExporterOptions } from '../exporter-options.ts';
import type { Settings } from '../settings.ts';
import { snakeCased } from '../spool/json-keys.ts';
import type { RunSpool } from '../spool/run-spool.ts';
import { writeStderrLine } from '../stderr-line.ts';
import type { PersistOutcome, Verdict } from '../verdict.ts';
import { nowUnixMs } from '../wall-clock.ts';
import type { RunBatches } from './run-batches.ts';

/** What is concluded, and for whom. */
export interface ConclusionTerms {
  readonly settings: Settings;
  readonly options: Pick<ExporterOptions, 'onVerdict' | 'countLosses'>;
  readonly batches: RunBatches;
  readonly delivery: RunDelivery;
  /** Writes what is pending. */
  readonly persist: () => PersistOutcome;
}

/** Owned by the run. */
export class Conclusion {
  readonly #terms: ConclusionTerms;
  /** The newest batch at the last conclusion. */
  #newest: number | undefined;
  #countedUnsent = 0;
  #said: Untold = NOTHING_UNTOLD;
  #isTelling = false;

  constructor(terms: ConclusionTerms) {
    this.#terms = terms;
  }

  /** Whether nothing has come since the last conclusion. */
  isUpToDate(): boolean {
    return this.#newest === this.#terms.batches.newest();
  }

  /** Whether the verdict is being told: what is measured meanwhile is left to the next run. */
  isTelling(): boolean {
    return this.#isTelling;
  }

  /** Concludes with all that there is by now. */
  conclude(): Verdict {
    const { batches, delivery } = this.#terms;
    this.#newest = batches.newest();
    if (this.#newest === 0) return this.#concludeWithoutBatches();
    batches.saveUnspooled(true);
    const reached = batches.verdict();
    const spool = batches.spool()?.fault() === undefined ? batches.spool() : undefined;
    spool?.finish(delivery.isSettled(), delivery.report()?.currentPath);
    const isOverdue = reached.spooled + reached.inDoubt > 0;
    const removed = isOverdue ? batches.enforceLimits() : 0;
    const verdict = removed === 0 ? reached : batches.verdict();
    if (spool !== undefined) this.#keep(spool, verdict);
    this.#say(verdict, batches.spool()?.directory);
    this.#tell(verdict);
    this.#leaveTold(spool);
    return verdict;
  }

  /** All that was measured may have been too large for a batch. */
  #concludeWithoutBatches(): Verdict {
    const verdict = this.#terms.batches.verdict();
    if (verdict.lostDataPoints > 0) this.#tell(verdict);
    return verdict;
  }

  /** In the ledger and for `ephemetry status`. A run that only reports others is nobody's last run. */
  #keep(spool: RunSpool, verdict: Verdict): void {
    if (this.#terms.options.countLosses === false) return;
    const unsent = this.#terms.delivery.unsent();
    if (spool.countUnsent(unsent - this.#countedUnsent)) this.#countedUnsent = unsent;
    spool.keepVerdict(verdict, nowUnixMs());
  }

  #say(verdict: Verdict, directory: string | undefined): void {
    const { settings, batches, delivery } = this.#terms;
    if (settings.debug) writeStderrLine(`verdict ${JSON.stringify(snakeCased(verdict))}`);
    const report = delivery.report();
    for (const problem of report?.problems ?? []) writeStderrLine(problem);
    const { own, others } = batches.removed();
    // Where somebody delivers, the verdict counts the run's own as lost.
    const untold = untoldOf({ own: settings.delivery === 'send' ? 0 : own, others }, report);
    // What was too large was said when it was dropped.
    const { lostDataPoints } = delivery.verdict();
    const line = describeEnding({ ...verdict, lostDataPoints }, directory, untoldSince(untold, this.#said));
    this.#said = untold;
    if (line !== undefined) writeStderrLine(line);
  }

  #tell(verdict: Verdict): void {
    const { onVerdict } = this.#terms.options;
    if (onVerdict === undefined) return;
    persistAll();
    this.#isTelling = true;
    callHost(
      () => onVerdict(verdict),
      (error) => writeStderrLine(`onVerdict threw: ${describeThrown(error)}`),
    );
    this.#isTelling = false;
  }

  /** What was measured while the verdict was told is left to the next run: another verdict would be told of it, and so on. */
  #leaveTold(spool: RunSpool | undefined): void {
    if (this.#terms.persist().kind !== 'persisted') return;
    spool?.finish(false, undefined);
    this.#newest = this.#terms.batches.newest();
  }
}
