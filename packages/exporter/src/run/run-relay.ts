/** A run that stands in for another program: it marks what is true if it is killed, and keeps what that program measured. */
import type { PersistOutcome, ReplaceOutcome } from '../verdict.ts';
import { nowUnixMs } from '../wall-clock.ts';
import type { ArmedRun } from './armed-run.ts';
import type { RelayedBatch } from './run-batches.ts';

/** What it needs of its run. */
export interface RunRelayTerms {
  /** `undefined` where telemetry is off, or over. */
  readonly arm: () => ArmedRun | undefined;
  /** `undefined` before the first measurement. */
  readonly armed: () => ArmedRun | undefined;
  /** What was measured is written by who says so: no timer writes it any more. */
  readonly taken: () => void;
}

/** Owned by the run. */
export class RunRelay {
  readonly #terms: RunRelayTerms;

  constructor(terms: RunRelayTerms) {
    this.#terms = terms;
  }

  /** Writes what was measured as a mark: it counts only if the process dies before `replaceMark`. */
  mark(): PersistOutcome {
    const armed = this.#terms.arm();
    if (armed === undefined) return { kind: 'disabled' };
    this.#terms.taken();
    armed.place?.stopClock();
    const failure = armed.batches.mark();
    return failure === undefined ? { kind: 'nothing' } : { kind: 'unspooled', sequence: 0, failure };
  }

  /** Puts what was measured since in the place of the mark. */
  replaceMark(): ReplaceOutcome {
    const armed = this.#terms.arm();
    if (armed === undefined) return { kind: 'disabled' };
    this.#terms.taken();
    return armed.batches.replaceMark();
  }

  /** Tells drains of other machines that the run of a mark lives. */
  touchMark(): void {
    this.#terms.armed()?.batches.spool()?.touchMark(nowUnixMs());
  }

  /** Keeps a batch that others measured. */
  relay(bodyOf: (batch: RelayedBatch) => Uint8Array): PersistOutcome {
    const armed = this.#terms.arm();
    if (armed === undefined) return { kind: 'disabled' };
    armed.place?.startClock();
    return armed.batches.relay(bodyOf);
  }
}
