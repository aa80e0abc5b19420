/** Sends the batches of one leased spool file in order, and moves the file's name forward after each. */

import { existsSync } from 'node:fs';
import { BATCH_LIMIT_BYTES } from '../../batch-limit.ts';
import type { SpoolLimits } from '../../settings.ts';
import type { LedgerCounts } from '../../spool/ledger.ts';
import { keepRejected } from '../../spool/rejected-folder.ts';
import { markSent, renameFile, type SpoolFile, unmarkSent } from '../../spool/spool-files.ts';
import { readSpoolLine, type SpoolLine } from '../../spool/spool-lines.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOptions } from '../post/post-batch.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { decideInDoubt, type InDoubtTerms, RESEND_ALL } from './in-doubt.ts';

/** What a delivery needs from its surroundings. */
export interface DeliveryMeans {
  /** Empty when there is none: then all that is delivered comes from memory. */
  readonly directory: string;
  /** Within which `rejected/` keeps. @default those of a program that names none */
  readonly limits?: SpoolLimits;
  readonly post: (body: Uint8Array, options?: PostOptions) => Promise<PostOutcome>;
  /** What becomes of batches in doubt. @default they are sent again */
  readonly doubt?: InDoubtTerms;
  readonly nowUnixMs: () => number;
  /** Told how many older batches had to leave `rejected/` for one that came. @default nobody */
  readonly noteRemovedRejected?: (batches: number) => void;
  /** Adds to the ledger of the spool; told of each batch once it is settled for good. */
  readonly note: (counts: Partial<LedgerCounts>) => void;
  /** Asked before each batch: a process that ends has no time for other runs' batches. */
  readonly mayContinue: () => boolean;
}

/** Counts of settled batches, kept by whoever delivers. */
export interface Tally {
  delivered: number;
  rejected: number;
  lost: number;
  /** In doubt, and left or set aside. */
  inDoubt: number;
  /** In doubt, and given up. */
  abandoned: number;
  lostDataPoints: number;
  failure: DeliveryFailure | undefined;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    delivered: 0,
    rejected: 0,
    lost: 0,
    inDoubt: 0,
    abandoned: 0,
    lostDataPoints: 0,
    failure: undefined,
  };
}

/** How far it came. `in-doubt`: the next line is to be kept. `refused`: the endpoint takes other requests, but not the next line. `oversize`: the next line is taken by no stage. `gone`: another process has the file now. */
export type FileDelivery =
  | { readonly kind: 'finished'; readonly file: SpoolFile }
  | { readonly kind: 'stopped'; readonly file: SpoolFile; readonly failure?: DeliveryFailure }
  | { readonly kind: 'in-doubt'; readonly file: SpoolFile; readonly line: SpoolLine }
  | {
      readonly kind: 'refused';
      readonly file: SpoolFile;
      readonly line: SpoolLine;
      readonly failure: DeliveryFailure;
    }
  | { readonly kind: 'oversize'; readonly file: SpoolFile; readonly line: SpoolLine }
  | { readonly kind: 'gone' };

/**
 * Delivers from `file.deliveredBytes` to the last whole line. A batch is noted after the name moved on: if we die in
 * between, one that is delivered again is not counted twice.
 */
export async function deliverFile(
  means: DeliveryMeans,
  leased: SpoolFile,
  tally: Tally,
  origin: 'this run' | 'an earlier run',
): Promise<FileDelivery> {
  let file = leased;
  for (;;) {
    // What this run has written it can read; of others anything may lie there.
    const line = tryRead(file, origin === 'this run' ? Number.POSITIVE_INFINITY : undefined);
    if (line === 'gone') return { kind: 'gone' };
    if (line === undefined) return { kind: 'finished', file };
    if ('kind' in line) {
      tally.failure = line;
      return { kind: 'stopped', file, failure: line };
    }
    if (!means.mayContinue()) return { kind: 'stopped', file };
    if (origin === 'an earlier run' && isOversize(line)) return { kind: 'oversize', file, line };
    const decision = decideInDoubt(file, means.doubt ?? RESEND_ALL, means.nowUnixMs());
    if (decision === 'keep') return { kind: 'in-doubt', file, line };
    if (decision === 'drop') {
      const passed = renameFile(means.directory, file, { deliveredBytes: line.endBytes });
      if (passed === undefined) return { kind: 'gone' };
      file = passed;
      tally.abandoned += 1;
      means.note({ abandoned: 1 });
      continue;
    }
    const { file: attempted, outcome } = await postMarked(means, file, line);
    file = attempted;
    const failure = settle(means, file, line, outcome, tally);
    if (failure !== undefined) {
      const isOfTheBatch = outcome.kind === 'failed' && outcome.isOfTheBatch === true;
      return isOfTheBatch ? { kind: 'refused', file, line, failure } : { kind: 'stopped', file, failure };
    }
    const moved = renameFile(means.directory, file, { deliveredBytes: line.endBytes });
    if (moved === undefined && !existsSync(file.path)) return { kind: 'gone' };
    // Ours, but the disk refuses the new name: at worst a later drain sends a duplicate, known by its identity.
    file = moved ?? { ...file, deliveredBytes: line.endBytes };
    means.note({
      ...ledgerCountsOf(outcome),
      drained: origin === 'an earlier run' && outcome.kind === 'delivered' ? 1 : 0,
    });
  }
}

/** The mark is on disk before the batch leaves; the answer takes it away, and so does a batch that did not leave whole. */
async function postMarked(
  means: DeliveryMeans,
  file: SpoolFile,
  { body }: SpoolLine,
): Promise<{ readonly file: SpoolFile; readonly outcome: PostOutcome }> {
  const { directory, nowUnixMs } = means;
  let marked = file;
  const outcome = await means.post(body, {
    beforeSent: () => {
      marked = markSent(directory, file, nowUnixMs()) ?? file;
      return true;
    },
    // Nearly always the other side had closed before it read; but only `resend` may send what perhaps arrived.
    mayRepeat: (means.doubt ?? RESEND_ALL).inDoubt === 'resend',
  });
  const isDoubtOver = outcome.kind === 'failed' && !outcome.isSentWhole;
  const wasMarked = file.sentUnixSeconds !== undefined;
  if (!isDoubtOver || wasMarked || marked.sentUnixSeconds === undefined) return { file: marked, outcome };
  return { file: unmarkSent(directory, marked) ?? marked, outcome };
}

/** Counts a settled batch; returns the failure that leaves it in the spool. */
function settle(
  means: DeliveryMeans,
  file: SpoolFile,
  line: SpoolLine,
  outcome: PostOutcome,
  tally: Tally,
): DeliveryFailure | undefined {
  if (outcome.kind === 'failed' && outcome.failure.kind !== 'rejected') {
    tally.failure = outcome.failure;
    return outcome.failure;
  }
  if (outcome.kind === 'failed') {
    const batch = { runId: file.runId, offsetBytes: file.deliveredBytes, body: line.body };
    settleRejected(means, batch, outcome.failure, tally);
  } else {
    settleDelivered(outcome, tally);
  }
  return undefined;
}

/** What the ledger has to say of a batch that is settled. */
export function ledgerCountsOf(outcome: PostOutcome): Partial<LedgerCounts> {
  if (outcome.kind === 'failed') return { rejected: 1 };
  return { refusedPoints: outcome.partial?.rejectedDataPoints ?? 0 };
}

/** Counts a delivery and what the Collector refused inside it. */
export function settleDelivered(outcome: PostOutcome & { kind: 'delivered' }, tally: Tally): void {
  tally.delivered += 1;
  tally.lostDataPoints += outcome.partial?.rejectedDataPoints ?? 0;
  if (outcome.partial !== undefined) tally.failure = outcome.partial;
}

/** Keeps a batch that will never be accepted, with the reason; lost when even that fails. */
export function settleRejected(
  means: Pick<DeliveryMeans, 'directory' | 'nowUnixMs' | 'limits' | 'noteRemovedRejected'>,
  batch: { readonly runId: string; readonly offsetBytes: number; readonly body: Uint8Array },
  failure: DeliveryFailure,
  tally: Tally,
): void {
  tally.failure = failure;
  try {
    if (means.directory === '') throw new Error('no spool directory can be used');
    const removed = keepRejected(means.directory, batch, failure, means.nowUnixMs(), means.limits);
    if (removed > 0) means.noteRemovedRejected?.(removed);
    tally.rejected += 1;
  } catch {
    tally.lost += 1;
  }
}

/** Of a line that was too long to be read there is no body. An own one is sent: its Collector says what it takes. */
function isOversize({ body }: SpoolLine): boolean {
  return body.length === 0 || body.length > BATCH_LIMIT_BYTES;
}

/** Gone is only what is not there: a file that merely cannot be read now is still ours, and is not given up. */
function tryRead(file: SpoolFile, limitBytes?: number): SpoolLine | DeliveryFailure | 'gone' | undefined {
  try {
    return readSpoolLine(file.path, file.deliveredBytes, limitBytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT') return 'gone';
    return { kind: 'spool', path: file.path, detail: error.message };
  }
}
