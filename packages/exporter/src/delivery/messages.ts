/** What the main thread and the delivery thread say to each other. */
import type { InDoubt } from '../exporter-options.ts';
import type { SpoolLimits } from '../settings.ts';
import type { SpoolFileName } from '../spool/spool-file-name.ts';
import type { Tally } from '../tally.ts';
import type { DeliveryFailure } from '../verdict.ts';

/** Slots of the shared Int32Array. */
export const SLOT = {
  /** Counts what the thread has to tell: a report, an answer, its end. The main thread sleeps on it. */
  news: 0,
  /** 1 once the thread has ended. */
  ended: 1,
  /** 1 once the main thread waits for nothing any more: what is not on its way now must not be sent. */
  closed: 3,
  /** How many batches are on their way: the run's own and one of an earlier run may be. */
  inFlight: 4,
  /** The thread's id in the operating system, 0 where it cannot be known: out of memory runs no exit hook. */
  systemThreadId: 2,
} as const;

/** Handed over when the thread is made. */
export interface ThreadData {
  readonly shared: Int32Array<SharedArrayBuffer>;
  readonly port: import('node:worker_threads').MessagePort;
}

/** What is drained: the batches that wait, these and those that are kept in doubt, or those that were rejected. */
export type DrainSubject = 'waiting' | 'in-doubt' | 'rejected';

/** From the main thread. */
export type Command =
  | { readonly kind: 'configure'; readonly configuration: DeliveryConfiguration }
  /** A part of the run that another deliverer began; its batches that are not settled follow. */
  | { readonly kind: 'part'; readonly created: SpoolFileName }
  /** A batch is on disk, in `part`; `created` names a part that is new. */
  | { readonly kind: 'spooled'; readonly part: number; readonly created?: SpoolFileName }
  /** A batch that the disk refused; they are numbered from 0, and told in that order. */
  | ({ readonly kind: 'unspooled' } & UnspooledBatch)
  /**
   * Try now, whatever was scheduled, and report `attempt` when tried. `answersWithinMs`: the process is ending, and for so
   * long answers are waited for.
   */
  | { readonly kind: 'attempt'; readonly attempt: number; readonly answersWithinMs?: number }
  /** Drain the spool, report, and end. */
  | { readonly kind: 'drain'; readonly what: DrainSubject }
  /**
   * Deliver the oldest `files` that earlier runs left, as far as it goes within `forMs`, and none whose answer is not to be
   * expected within `answersWithinMs`.
   */
  | {
      readonly kind: 'leftovers';
      readonly files: number;
      readonly forMs: number;
      readonly answersWithinMs: number;
    }
  /** A wait was in vain, and that is remembered in the spool until the endpoint is heard of. */
  | { readonly kind: 'silent' }
  /** Begin no batch of a drain after `inMs` from now, nor one whose answer is not to be expected within `answersWithinMs`. */
  | { readonly kind: 'stop'; readonly inMs: number; readonly answersWithinMs?: number };

/** A batch that no disk took. */
export interface UnspooledBatch {
  readonly number: number;
  readonly body: Uint8Array;
}

/** Which of the batches that no disk took are settled, and need no memory any more: all below `below`, save those `open`. */
export interface UnspooledSettled {
  readonly below: number;
  readonly open: readonly number[];
}

/** What the program chose over the environment. */
export interface EndpointOptions {
  readonly endpoint?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Settings for the delivery thread. */
export interface DeliveryConfiguration extends EndpointOptions {
  /** `OTEL_*` and TLS variables, as they were at the first measurement. */
  readonly env: Readonly<Record<string, string>>;
  /** Undefined when no directory can be used. */
  readonly directory: string | undefined;
  readonly owner: string;
  readonly limits: SpoolLimits;
  readonly acceptsAny2xx: boolean;
  readonly inDoubt: InDoubt;
  /** Whether the ledger of the spool counts what becomes of the run's own batches. */
  readonly countsOwnLosses: boolean;
}

/** From the delivery thread: the whole truth each time, so that only the newest matters. */
export interface Report {
  /** Batches seen since the start. */
  readonly seen: number;
  /** What became of them; those that are in none of its counts wait. */
  readonly tally: Tally;
  /** Batches that another process took over; they are safe with it. */
  readonly taken: number;
  /** A batch that was sent and waits for its answer, and since when by the monotonic clock. Told while somebody waits. */
  readonly inFlight?: { readonly isOwn: boolean; readonly sinceMs: number };
  readonly unspooledSettled: UnspooledSettled;
  /** What became of batches of earlier runs: removed for the limits, or drained after the run's own. */
  readonly others: Tally;
  /** Batches that had to leave `rejected/` for newer ones. */
  readonly rejectedRemoved: number;
  readonly lostDataPoints: number;
  /** The newest attempt that was made. */
  readonly attempt: number;
  /** Whether batches of earlier runs are on their way. */
  readonly isDraining: boolean;
  readonly failure?: DeliveryFailure;
  /** Where the run's current part is now. */
  readonly currentPath?: string;
  /** Where batches are posted; `undefined` before the configuration. */
  readonly endpoint?: string;
  /** Wrong values of the endpoint's settings. */
  readonly problems: readonly string[];
  readonly drain?: DrainReport;
}

/**
 * What a drain did. Counts are batches, if not said otherwise. `spooled` is what waits for the next drain (at least, in a
 * spool of more than 128 MiB), `inDoubt` what was left in doubt; a drain of rejected batches counts those that were refused
 * again as `rejected`.
 */
export interface DrainReport extends Tally {
  /** The spool that was drained. */
  readonly directory: string;
  /** Files left alone because their run, or another drain, is alive. */
  readonly busyFiles: number;
  /** Files left alone because a later version of ephemetry wrote them. */
  readonly newerFiles: number;
  /** Removed from `rejected/` by the spool's limits, for newer ones; counted when they were rejected. */
  readonly rejectedRemoved: number;
  /** Data points refused inside delivered batches. */
  readonly lostDataPoints: number;
  /** The latest reason why something was not delivered, and why it stopped early if it did. */
  readonly failure?: DeliveryFailure;
  /** Wrong values of settings. */
  readonly problems: readonly string[];
}
