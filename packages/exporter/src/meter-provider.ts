/** What a program sees of its telemetry. */
import type { MeterProvider } from '@opentelemetry/api';
import type { PersistOutcome, Verdict } from './verdict.ts';

/**
 * A `MeterProvider` for programs that die. Give it to `metrics.setGlobalMeterProvider`, or ask it for meters.
 * The instruments of the API work as with the SDK. Callbacks of observable ones are called when they are registered,
 * every minute, by `flush` and `shutdown`, and when the process ends.
 */
export interface EphemeralMeterProvider extends MeterProvider {
  /**
   * Writes everything measured so far into the spool and returns when it is there: after that, SIGKILL,
   * abort or running out of memory lose none of it. About 0.05 ms on an SSD. What is above 1 MiB becomes several
   * batches; the outcome is that of the last one.
   */
  persist(): PersistOutcome;
  /**
   * Persists, has a delivery attempted, and tells what became of every batch of this process. Keeps the
   * process alive meanwhile. Never rejects. After a wait in vain the next one takes the exit budget at most, until the endpoint
   * is heard of again.
   *
   * @param options.timeoutMs longest wait in milliseconds, from 0 to 2147483647; anything else is said, and the default
   * used. @default 10000
   */
  flush(options?: { readonly timeoutMs?: number }): Promise<Verdict>;
  /** What became of every batch of this process so far. */
  verdict(): Verdict;
  /**
   * Calls a listener once when the process ends, by exit or by a signal that nobody else handles, before the last
   * batch is persisted: the last chance to record what is still open. Not called for SIGKILL, abort or lack of memory.
   * What was measured before is on disk by then if it is the listener that ends the process.
   *
   * @returns what removes the listener
   */
  onEnding(listener: () => void): () => void;
  /** As `flush`, for callers that know the SDK's provider. Prefer `flush`: it tells what happened. */
  forceFlush(): Promise<void>;
  /**
   * Flushes and stops for good, once however often it is called. What is measured meanwhile is persisted for the next
   * run to deliver; what is measured after it settled is ignored. Never rejects.
   *
   * @param options.timeoutMs longest wait in milliseconds, for what earlier runs left too; that of the first call counts.
   * @default 5000
   */
  shutdown(options?: { readonly timeoutMs?: number }): Promise<Verdict>;
}
