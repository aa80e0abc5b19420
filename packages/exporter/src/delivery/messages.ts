/** What the main thread and the delivery thread say to each other. */
import type { InDoubt } from '../exporter-options.ts';
import type { SpoolLimits } from '../settings.ts';
import type { SpoolFileName } from '../spool/spool-file-name.ts';
import type { DeliveryFailure } from '../verdict.ts';

/** Slots of the shared Int32Array. */
export const SLOT = {
  /** Counts reports; the main thread sleeps on it. */
  reports: 0,
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
  /** A batch that the disk refused. */
  | { readonly kind: 'unspooled'; readonly body: Uint8Array }
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
  /** Begin no batch of a drain after `inMs` from now, nor one whose answer is not to be expected within `answersWithinMs`. */
  | { readonly kind: 'stop'; readonly inMs: number; readonly answersWithinMs?: number };

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
  readonly delivered: number;
  readonly rejected: number;
  /** Batches that another process took over; they are safe with it. */
  readonly taken: number;
  /** Batches lost: removed by the spool's limits, or dropped from memory. */
  readonly lost: number;
  /** Batches in doubt: sent, never answered, and at rest. */
  readonly inDoubt: number;
  /** Batches in doubt that were given up. */
  readonly abandoned: number;
  /** A batch that was sent and waits for its answer, and since when by the monotonic clock. Told while a process ends. */
  readonly inFlight?: { readonly isOwn: boolean; readonly sinceMs: number };
  /** Of the batches that no disk took, those that need no memory any more. */
  readonly unspooledSettled: number;
  /** Batches of earlier runs that the spool's limits removed. */
  readonly expired: number;
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
  /** What the drain after the run's own batches had to give up of earlier runs. */
  readonly givenUp?: GivenUp;
}

/** Batches that left the spool undelivered, and torn lines. */
export type GivenUp = Pick<DrainReport, 'rejected' | 'expired' | 'skippedLines' | 'rejectedRemoved'>;

/** What a drain did. Counts are batches, if not said otherwise. */
export interface DrainReport {
  /** The spool that was drained. */
  readonly directory: string;
  readonly delivered: number;
  /** Moved to `rejected/` with the reason; of a drain of rejected batches those that were refused again. */
  readonly rejected: number;
  /** Still in the spool, waiting for the next drain; at least, in a spool of more than 128 MiB. */
  readonly remaining: number;
  /** Files left alone because their run, or another drain, is alive. */
  readonly busyFiles: number;
  /** Half-written lines at the end of files of killed runs. */
  readonly skippedLines: number;
  /** Removed by the spool's limits. */
  readonly expired: number;
  /** Neither delivered nor kept: unreadable, refused by the disk, or rejected while the disk kept no reason. */
  readonly lost: number;
  /** Left in doubt: sent earlier, never answered, and kept. */
  readonly inDoubt: number;
  /** In doubt, and given up because the settings say so. */
  readonly abandoned: number;
  /** Removed from `rejected/` by the spool's limits, for newer ones; counted when they were rejected. */
  readonly rejectedRemoved: number;
  /** Data points refused inside delivered batches. */
  readonly lostDataPoints: number;
  /** The latest reason why something was not delivered, and why it stopped early if it did. */
  readonly failure?: DeliveryFailure;
  /** Wrong values of settings. */
  readonly problems: readonly string[];
}
