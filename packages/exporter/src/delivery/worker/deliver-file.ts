/** Sends the batches of one leased spool file in order, and moves the file's name forward after each. */

import { existsSync } from 'node:fs';
import { BATCH_LIMIT_BYTES } from '../../batch-limit.ts';
import type { SpoolLimits } from '../../settings.ts';
import type { LedgerCounts } from '../../spool/ledger.ts';
import { keepRejected, type RejectedBatch } from '../../spool/rejected-folder.ts';
import { markSent, renameFile, type SpoolFile, unmarkSent } from '../../spool/spool-files.ts';
import { readSpoolLine, type SpoolLine } from '../../spool/spool-lines.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOptions } from '../post/post-batch.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import type { Account } from './account.ts';
import { decideInDoubt, type InDoubtTerms, RESEND_ALL } from './in-doubt.ts';

/** What a delivery needs from its surroundings. */
export interface DeliveryMeans {
  /** The spool that it delivers from. */
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

/** {@link DeliveryMeans} where there may be no spool: then all that is delivered comes from memory. */
export type LaneMeans = Omit<DeliveryMeans, 'directory'> & { readonly directory: string | undefined };

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
 * Delivers from `file.deliveredBytes` to the last whole line. A batch is noted after the name moved on, which `onMoved` is
 * told of: if we die in between, one that is delivered again is not counted twice.
 */
export async function deliverFile(
  means: DeliveryMeans,
  leased: SpoolFile,
  account: Account,
  origin: 'this run' | 'an earlier run',
  onMoved: (file: SpoolFile) => void = () => {},
): Promise<FileDelivery> {
  let file = leased;
  for (;;) {
    // What this run has written it can read; of others anything may lie there.
    const line = tryRead(file, origin === 'this run' ? Number.POSITIVE_INFINITY : undefined);
    if (line === 'gone') return { kind: 'gone' };
    if (line === undefined) return { kind: 'finished', file };
    if ('kind' in line) {
      account.failure = line;
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
      onMoved(file);
      account.tally.abandoned += 1;
      means.note({ abandoned: 1 });
      continue;
    }
    const isInDoubt = file.sentUnixSeconds !== undefined;
    const { file: attempted, outcome } = await postMarked(means, file, line);
    file = attempted;
    const settled = settle(means, file, line, outcome, account);
    if ('kind' in settled) {
      const isOfTheBatch = outcome.kind === 'failed' && outcome.isOfTheBatch === true;
      return { kind: isOfTheBatch ? 'refused' : 'stopped', file, line, failure: settled };
    }
    const moved = renameFile(means.directory, file, { deliveredBytes: line.endBytes });
    if (moved === undefined && !existsSync(file.path)) {
      // This one is settled, and counted: it is not with whoever has the file.
      onMoved(file);
      return { kind: 'gone' };
    }
    // Ours, but the disk refuses the new name: at worst a later drain sends a duplicate, known by its identity.
    file = moved ?? { ...file, deliveredBytes: line.endBytes };
    onMoved(file);
    means.note({
      ...settled,
      inDoubt: isInDoubt ? 1 : 0,
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

/** Counts a settled batch, and returns what the ledger has to say of it; or the failure that leaves it in the spool. */
function settle(
  means: DeliveryMeans,
  file: SpoolFile,
  line: SpoolLine,
  outcome: PostOutcome,
  account: Account,
): DeliveryFailure | Partial<LedgerCounts> {
  if (outcome.kind === 'failed' && outcome.failure.kind !== 'rejected') {
    account.failure = outcome.failure;
    return outcome.failure;
  }
  if (outcome.kind === 'delivered') return settleDelivered(outcome, account);
  const batch = { runId: file.runId, offsetBytes: file.deliveredBytes, body: line.body };
  return settleRejected(means, batch, outcome.failure, account);
}

/** Counts a delivery and what the Collector refused inside it, and returns what the ledger has to say of it. */
export function settleDelivered(
  outcome: PostOutcome & { kind: 'delivered' },
  account: Account,
): Partial<LedgerCounts> {
  account.tally.delivered += 1;
  account.lostDataPoints += outcome.partial?.rejectedDataPoints ?? 0;
  if (outcome.partial !== undefined) account.failure = outcome.partial;
  return { refusedPoints: outcome.partial?.rejectedDataPoints ?? 0 };
}

/**
 * Keeps a batch that will never be accepted, with the reason; when even that fails, neither the Collector nor the disk has
 * it. Returns what the ledger has to say of it.
 */
export function settleRejected(
  means: Pick<LaneMeans, 'directory' | 'nowUnixMs' | 'limits' | 'noteRemovedRejected'>,
  batch: RejectedBatch,
  failure: DeliveryFailure,
  account: Account,
): Partial<LedgerCounts> {
  account.failure = failure;
  try {
    if (means.directory === undefined) throw new Error('no spool directory can be used');
    const removed = keepRejected(means.directory, batch, failure, means.nowUnixMs(), means.limits);
    if (removed > 0) means.noteRemovedRejected?.(removed);
    account.tally.rejected += 1;
    return { rejected: 1 };
  } catch {
    account.tally.unsent += 1;
    return { unsent: 1 };
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
