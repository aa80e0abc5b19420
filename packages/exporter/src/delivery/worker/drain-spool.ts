/** Delivers what earlier runs left: takes one abandoned file after the other, oldest first. */
import { monotonicMs } from '../../monotonic-clock.ts';
import { BatchCounter } from '../../spool/batch-counter.ts';
import { removeReadFile } from '../../spool/remove-file.ts';
import { removeUnfinished } from '../../spool/remove-unfinished.ts';
import { isSetAside, setAsideLine } from '../../spool/set-aside.ts';
import {
  countNewerFiles,
  isAbandoned,
  leaseFile,
  listSpoolFiles,
  releaseFile,
  type SpoolFile,
} from '../../spool/spool-files.ts';
import { countExpired, enforceSpoolLimits } from '../../spool/spool-limits.ts';
import { addTally, type Tally } from '../../tally.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { nowUnixMs } from '../../wall-clock.ts';
import type { DrainReport } from '../messages.ts';
import { type Account, openAccount } from './account.ts';
import { type DeliveryMeans, deliverFile, type FileDelivery } from './deliver-file.ts';
import { moveOversizeLine } from './oversize-line.ts';

/** So many batches in a row may be answered with an error of the server before it is believed to be the server's. */
const SERVER_ERRORS_LIMIT = 3;

/** Whose lease. */
export interface DrainTerms {
  readonly owner: string;
}

/** How much of it is drained. */
export interface OldestTerms extends DrainTerms {
  readonly files: number;
  readonly untilMs: number;
}

/** How far a drain came. */
interface Progress {
  readonly account: Account;
  /** Files that were looked at. */
  readonly seen: Set<string>;
  /** Files whose next batch was just offered, and not taken. */
  readonly offered: Set<string>;
  busyFiles: number;
  /** In a row, with no delivery between them. */
  serverErrors: number;
  /** How many were delivered when that last began anew, and when a witness was last asked. */
  deliveredBefore: number;
  witnessedAt: number;
}

/**
 * Drains until the spool is empty, a delivery fails, or `means.mayContinue()` says no. The limits come last: what can be
 * delivered is not a loss, and of old batches only those go that were offered in vain.
 */
export async function drainSpool(means: DeliveryMeans, terms: DrainTerms): Promise<DrainReport> {
  const progress = newProgress();
  // Again as long as lines were moved into parts of their own, which are new files.
  while (await drainFiles(means, terms, progress, unseenFiles(means, progress)));
  const expired = means.mayContinue() ? removeOverLimits(means, terms, progress) : 0;
  const { tally, failure, lostDataPoints } = progress.account;
  return {
    ...addTally(tally, { expired, spooled: countWaiting(means, terms.owner) - tally.inDoubt }),
    directory: means.directory,
    busyFiles: progress.busyFiles,
    newerFiles: countNewerFiles(means.directory),
    rejectedRemoved: 0,
    lostDataPoints,
    ...(failure === undefined ? {} : { failure }),
    problems: [],
  };
}

/**
 * The little that a program which ends by itself does for earlier runs: at most `files`, the oldest of those that it finds
 * before `untilMs` by the monotonic clock. Of those that were offered in vain the limits may end some, as far as it comes
 * in that time.
 */
export async function drainOldest(
  means: DeliveryMeans,
  { files, untilMs, ...terms }: OldestTerms,
): Promise<Tally> {
  const oldest: SpoolFile[] = [];
  for (const file of inOrder(listSpoolFiles(means.directory, { untilMs }))) {
    if (oldest.length === files || monotonicMs() >= untilMs) break;
    if (isAbandoned(file, terms.owner, means.nowUnixMs())) oldest.push(file);
  }
  const progress = newProgress();
  await drainFiles(means, terms, progress, oldest);
  const expired = means.mayContinue() ? removeOverLimits(means, terms, progress, untilMs) : 0;
  return addTally(progress.account.tally, { expired });
}

/** Whether a drain would find anything. */
export function hasLeftovers(terms: DrainTerms & { readonly directory: string | undefined }): boolean {
  if (terms.directory === undefined) return false;
  return listSpoolFiles(terms.directory).some((file) => isAbandoned(file, terms.owner, nowUnixMs()));
}

function newProgress(): Progress {
  return {
    account: openAccount(),
    seen: new Set(),
    offered: new Set(),
    busyFiles: 0,
    serverErrors: 0,
    deliveredBefore: 0,
    witnessedAt: -1,
  };
}

function unseenFiles({ directory }: DeliveryMeans, { seen }: Progress): SpoolFile[] {
  return inOrder(listSpoolFiles(directory)).filter((file) => !seen.has(keyOf(file)));
}

/** Oldest first, but last what was refused or is in doubt: it must not hold up what can be delivered. */
function inOrder(files: readonly SpoolFile[]): SpoolFile[] {
  return [...files.filter((file) => !isSetAside(file)), ...files.filter(isSetAside)];
}

/** Returns whether there was one, and nothing speaks against looking for more. */
async function drainFiles(
  means: DeliveryMeans,
  terms: DrainTerms,
  progress: Progress,
  files: readonly SpoolFile[],
): Promise<boolean> {
  const queue = [...files];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (!means.mayContinue()) return false;
    progress.seen.add(keyOf(file));
    const leased = isAbandoned(file, terms.owner, means.nowUnixMs())
      ? leaseFile(means.directory, file, terms.owner)
      : undefined;
    if (leased === undefined) {
      progress.busyFiles += 1;
      continue;
    }
    const { isLeft, failure } = await drainFile(means, leased, progress);
    // It was offered once, and is not offered again: its age may end it.
    if (isLeft === true) progress.offered.add(keyOf(file));
    if (failure === undefined || failure.kind === 'spool') continue;
    if (!isEndpointDoubted(failure)) progress.offered.add(keyOf(file));
    if (isServerError(failure) && countServerError(progress) < SERVER_ERRORS_LIMIT) continue;
    if (!isPerhapsOfBatches(failure) || !askWitness(queue, progress)) return false;
    // Held back, and not offered: it is looked for again after the witness.
    if (failure.kind === 'refusing') progress.seen.delete(keyOf(file));
  }
  return files.length > 0;
}

function countServerError(progress: Progress): number {
  const { delivered } = progress.account.tally;
  progress.serverErrors = delivered > progress.deliveredBefore ? 1 : progress.serverErrors + 1;
  progress.deliveredBefore = delivered;
  return progress.serverErrors;
}

/** What was refused without OTLP, or answered with 500, may be three bad batches at the head of a good spool. */
function isPerhapsOfBatches(failure: DeliveryFailure): boolean {
  return isServerError(failure) || (failure.kind === 'refusing' && failure.isForeign === true);
}

/**
 * Before the endpoint is blamed for the oldest batches the newest may speak for it: when that is taken, the others are
 * offered too. Returns false when there is none, or one has spoken and nothing was delivered since.
 */
function askWitness(queue: SpoolFile[], progress: Progress): boolean {
  const { delivered } = progress.account.tally;
  const newest = queue.findLastIndex((file) => !isSetAside(file));
  if (newest === -1 || progress.witnessedAt === delivered) return false;
  progress.witnessedAt = delivered;
  queue.unshift(...queue.splice(newest, 1));
  return true;
}

/** The same whoever has the file, and however much of it is delivered. */
function keyOf({ runId, part }: Pick<SpoolFile, 'runId' | 'part'>): string {
  return `${runId}.${part}`;
}

/**
 * A Collector answers some batches always with 500, for an error that it calls permanent, and takes the next one all the
 * same. 502, 503 and 504 are said of the server, whatever it is sent.
 */
function isServerError(failure: DeliveryFailure): boolean {
  return failure.kind === 'busy' && failure.status >= 500 && ![502, 503, 504].includes(failure.status);
}

/** Such an endpoint gets no batch before it is believed again: none was offered to it. */
function isEndpointDoubted({ kind }: DeliveryFailure): boolean {
  return kind === 'refusing' || kind === 'not-otlp';
}

/** What stopped it, and whether it ends with a batch that is kept in doubt. */
async function drainFile(
  means: DeliveryMeans,
  leased: SpoolFile,
  progress: Progress,
): Promise<{
  /** It is free again, and what comes next in it need not hold up other files. */
  readonly isLeft?: boolean;
  readonly failure?: DeliveryFailure;
}> {
  const { account } = progress;
  let file = leased;
  for (;;) {
    const delivery = await deliverFile(means, file, account, 'an earlier run');
    if (delivery.kind === 'gone') return {};
    if (delivery.kind === 'in-doubt' || delivery.kind === 'refused') {
      const aside = leaveLine(means, delivery, progress);
      if (aside === undefined) {
        if (delivery.kind === 'in-doubt') account.tally.inDoubt += 1;
        return { isLeft: true };
      }
      file = aside;
      continue;
    }
    if (delivery.kind === 'stopped') {
      releaseFile(means.directory, delivery.file);
      const { failure } = delivery;
      return failure === undefined ? {} : { failure };
    }
    file = delivery.file;
    if (delivery.kind === 'oversize') {
      const moved = moveOversizeLine(means, file, delivery.line, account);
      if (moved.kind === 'gone') return {};
      if (moved.kind === 'set-aside') {
        file = moved.file;
        continue;
      }
      account.failure = moved.failure;
      releaseFile(means.directory, file);
      return { failure: moved.failure };
    }
    const removal = removeReadFile(means.directory, file);
    // A run that cannot be asked whether it lives does: it has just added one.
    if (removal.kind === 'more') continue;
    if (removal.kind === 'gone') return {};
    const lost = { unreadable: removal.isTorn ? 1 : 0, unsent: removal.late.unkept };
    means.note(lost);
    account.tally.unreadable += lost.unreadable;
    account.tally.unsent += lost.unsent;
    return {};
  }
}

/** What is left of the file when its next line has a part of its own; `undefined` when the line stays where it is. */
function leaveLine(
  { directory }: DeliveryMeans,
  { kind, file, line }: FileDelivery & { readonly kind: 'in-doubt' | 'refused' },
  { seen, offered }: Progress,
): SpoolFile | undefined {
  // What was refused is moved even when it is the last: its name says that it is asked for last from now on.
  if (line.endBytes < file.bytes || (kind === 'refused' && !isSetAside(file))) {
    const moved = setAsideLine(directory, file, line);
    if (moved.kind === 'set-aside') {
      // What was refused just now is not offered again by the same drain; what is in doubt is looked at once more.
      if (kind === 'refused' && moved.part !== undefined) {
        const aside = keyOf({ runId: file.runId, part: moved.part });
        seen.add(aside);
        offered.add(aside);
      }
      return moved.file;
    }
  }
  releaseFile(directory, file);
  return undefined;
}

/** Returns how many batches went. */
function removeOverLimits(
  means: DeliveryMeans,
  terms: DrainTerms,
  { offered }: Progress,
  untilMs: number = Number.POSITIVE_INFINITY,
): number {
  if (untilMs === Number.POSITIVE_INFINITY) removeUnfinished(means.directory, means.nowUnixMs());
  const removed = enforceSpoolLimits(means.directory, {
    owner: terms.owner,
    nowUnixMs: means.nowUnixMs(),
    note: means.note,
    mayExpire: (file) => offered.has(keyOf(file)),
    untilMs,
  });
  return countExpired(removed);
}

/** At least, in a spool that is too large to be counted. */
function countWaiting(means: DeliveryMeans, owner: string): number {
  const counter = new BatchCounter();
  let batches = 0;
  for (const file of listSpoolFiles(means.directory))
    if (isAbandoned(file, owner, means.nowUnixMs())) batches += counter.count(file)?.batches ?? 0;
  return batches;
}
