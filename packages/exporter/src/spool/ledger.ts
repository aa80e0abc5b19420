/**
 * The spool's ledger: how many batches came late or never, until somebody takes the counts to report them.
 * A file's whole state is its name, as with batches, so that every change is one atomic rename:
 *
 *     ledger.<writer>.<holder>
 *
 *     add  ─▶ ledger.W.W       the writer's own, while it overwrites the one line inside
 *          ─▶ ledger.W.free    anybody's; W takes it back first when it adds again
 *     take ─▶ ledger.W.T       the lease: of two takers, one rename succeeds
 *          ─▶ (removed)        only now the counts are T's
 *
 * Nothing is opened while nothing happens: a spool without a ledger lost nothing.
 */
import { chmodSync, closeSync, constants, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '../monotonic-clock.ts';
import type { Tally } from '../tally.ts';
import { threadId } from '../this-thread.ts';
import { nowUnixMs } from '../wall-clock.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { namesIn } from './names-in.ts';
import { openSafely, readSafely } from './open-safely.ts';
import { NO_OWNER, ownOwner } from './owner.ts';
import { isAbandoned } from './spool-files.ts';

/** What came late, twice or never, in batches, if not said otherwise. */
export interface LedgerCounts
  extends Pick<Tally, 'rejected' | 'expired' | 'unsent' | 'unreadable' | 'abandoned'> {
  /** Delivered, but not by the run that wrote them. */
  readonly drained: number;
  /** In doubt and sent again: each of them may have arrived before. */
  readonly inDoubt: number;
  /** Data points that the Collector refused inside batches that it accepted. */
  readonly refusedPoints: number;
}

/** Nothing came late, and nothing was lost. */
export const NO_COUNTS: LedgerCounts = {
  drained: 0,
  inDoubt: 0,
  rejected: 0,
  expired: 0,
  unsent: 0,
  unreadable: 0,
  abandoned: 0,
  refusedPoints: 0,
};
const NAME = /^ledger\.([A-Za-z0-9-]{1,90})\.([A-Za-z0-9-]{1,90})$/;
/** Every process that loses something starts a file; past this many they become one. */
const FILES_LIMIT = 32;
/** A program that ends may wait for it. In a spool of so many files that this is too short, some more of these do no harm. */
const LOOK_MS = 20;
/** Eight numbers with their names. Always as long, so that one write replaces what was there, on a full disk too. */
const LINE_BYTES = 256;
/** What is longer was not written here. */
const FILE_LIMIT_BYTES = 4096;

/**
 * Adds to the ledger of a spool; creates nothing when there is nothing to add. A disk that refuses is let be: whether
 * all is counted is returned.
 */
export function addToLedger(directory: string, counts: Partial<LedgerCounts>): boolean {
  if (isNothing(counts)) return true;
  const own = ownTag();
  const held = join(directory, `ledger.${own}.${own}`);
  const free = join(directory, `ledger.${own}.${NO_OWNER}`);
  try {
    const known = tryRename(free, held) ? readCounts(held) : foldOthers(directory);
    writeLine(held, JSON.stringify(sum(known, counts)));
    return true;
  } catch {
    // A disk that refuses this too: the run's own line on stderr is all there is.
    return false;
  } finally {
    tryRename(held, free);
  }
}

/** Takes all counts that nobody holds; `undefined` when there are none. */
export function takeLedger(directory: string): LedgerCounts | undefined {
  const names = ledgerNames(directory);
  if (names.length === 0) return undefined;
  const own = ownTag();
  let taken = NO_COUNTS;
  for (const name of names) taken = sum(taken, takeFile(directory, name, own));
  // Taken back only after it was taken: it has been told by then.
  if (taken.unsent < 0) taken = { ...taken, unsent: 0 };
  return isNothing(taken) ? undefined : taken;
}

/** Threads of a process work at the same time: each is a holder of its own. */
function ownTag(): string {
  return `${ownOwner()}-${threadId()}`;
}

function isNothing(counts: Partial<LedgerCounts>): boolean {
  return Object.values(counts).every((count) => count === 0);
}

function foldOthers(directory: string): LedgerCounts {
  const names = ledgerNames(directory, monotonicMs() + LOOK_MS);
  return (names.length < FILES_LIMIT ? undefined : takeLedger(directory)) ?? NO_COUNTS;
}

function ledgerNames(directory: string, untilMs?: number): string[] {
  const names: string[] = [];
  for (const name of namesIn(directory, untilMs)) if (NAME.test(name)) names.push(name);
  return names;
}

/** Removed before they are told: a taker that dies in between loses counts, and no count is told twice. */
function takeFile(directory: string, name: string, own: string): LedgerCounts {
  const [, writer = '', owner = ''] = NAME.exec(name) ?? [];
  const path = join(directory, name);
  const held = join(directory, `ledger.${writer}.${own}`);
  const stat = lstatIfAllowed(path);
  if (stat?.isFile() !== true) return NO_COUNTS;
  const isFree = isAbandoned({ owner, modifiedUnixMs: stat.mtimeMs }, own, nowUnixMs());
  if (!isFree || !tryRename(path, held)) return NO_COUNTS;
  try {
    const counts = readCounts(held);
    unlinkSync(held);
    return counts;
  } catch {
    return NO_COUNTS;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function readCounts(path: string): LedgerCounts {
  const text = readSafely(path, FILE_LIMIT_BYTES).toString('utf8');
  try {
    return sum(NO_COUNTS, JSON.parse(text));
  } catch {
    // A power cut may leave a file without its bytes.
    return NO_COUNTS;
  }
}

function writeLine(path: string, line: string): void {
  const descriptor = openSafely(path, constants.O_CREAT | constants.O_WRONLY);
  try {
    // The umask may have taken the owner's own bits. By path: Node's permission model forbids fchmod.
    chmodSync(path, 0o600);
    writeSync(descriptor, `${line.padEnd(LINE_BYTES - 1)}\n`, 0);
  } finally {
    closeSync(descriptor);
  }
}

/** What is not a whole number counts nothing. */
function sum(a: LedgerCounts, b: Readonly<Partial<Record<keyof LedgerCounts, unknown>>>): LedgerCounts {
  const of = (key: keyof LedgerCounts): number =>
    a[key] + (Number.isSafeInteger(b[key]) ? Number(b[key]) : 0);
  return {
    drained: of('drained'),
    inDoubt: of('inDoubt'),
    rejected: of('rejected'),
    expired: of('expired'),
    unsent: of('unsent'),
    unreadable: of('unreadable'),
    abandoned: of('abandoned'),
    refusedPoints: of('refusedPoints'),
  };
}
