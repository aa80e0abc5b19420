/** What a process sees that stands in for another program. */
import type { EphemeralMeterProvider } from './meter-provider.ts';
import type { RelayedBatch } from './run/run-batches.ts';
import type { PersistOutcome, ReplaceOutcome } from './verdict.ts';

/** A meter provider that also keeps what others measured, and a mark that counts if this process is killed. */
export interface Relay extends EphemeralMeterProvider {
  /**
   * Writes what was measured since the last batch as a mark: the next run or drain delivers it if this process dies before
   * {@link replaceMark}. Boots nothing.
   *
   * @returns `nothing` when it stands, `unspooled` when the disk refused it
   */
  mark(): PersistOutcome;
  /**
   * Puts what was measured since in the place of the mark, in one step: exactly one of the two is delivered, at whichever
   * instruction the process dies. Without a mark it persists, and tells itself of a batch that the disk refused. That the
   * mark stands is for the caller to say.
   */
  replaceMark(): ReplaceOutcome;
  /** Tells drains of other machines, which cannot see this process, that it lives. Called every few minutes. */
  touchMark(): void;
  /** Loads what delivers at the end of a process that has nothing to do until then. Opens no connection. */
  prepareEnd(): void;
  /**
   * Keeps a batch that another program measured, as one OTLP/JSON request without line breaks, and delivers it as any other.
   * It is on disk when this returns `persisted`. In any other case nothing of it is kept, and its sender must send it again.
   *
   * @param bodyOf makes the batch with the sequence that it gets
   */
  relay(bodyOf: (batch: RelayedBatch) => Uint8Array): PersistOutcome;
}
