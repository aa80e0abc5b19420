/** The spool as one run sees it: its own file, opened at the first batch, released or removed at the end. */
import { renameSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { monotonicMs } from '../monotonic-clock.ts';
import { DEFAULT_SPOOL_LIMITS, type Settings, type SpoolLimits } from '../settings.ts';
import type { DeliveryFailure, Verdict } from '../verdict.ts';
import { HeldDirectory } from './held-directory.ts';
import { snakeCased } from './json-keys.ts';
import { addToLedger } from './ledger.ts';
import { NO_OWNER, runOwner } from './owner.ts';
import { replaceFile } from './replace-file.ts';
import { RunMark } from './run-mark.ts';
import { openSpoolDirectory } from './spool-directory.ts';
import { parseSpoolFileName, type SpoolFileName, spoolFilePath } from './spool-file-name.ts';
import { releaseFiles, type SpoolFile } from './spool-files.ts';
import { countExpired, enforceSpoolLimits } from './spool-limits.ts';
import { SpoolWriter } from './spool-writer.ts';

/** File in the spool that `ephemetry status` reads the last verdict from. */
export const LAST_VERDICT_FILE = 'last-verdict.json';

/** A batch on disk, or why not. `created` names the part when it is new. */
export type Spooled =
  | { readonly kind: 'spooled'; readonly part: number; readonly created?: SpoolFileName }
  | { readonly kind: 'refused'; readonly failure: DeliveryFailure };

/** Batches that the limits of the spool removed: of the run that looked, and of earlier ones. */
export interface RemovedBatches {
  readonly own: number;
  readonly others: number;
}

/** The program waits while we look through its spool. One of the default 1,000 files takes about 5 ms. */
const LOOK_MS = 50;

const NEWLINE = new Uint8Array([0x0a]);

/** A spool that takes batches, or why none does. */
export type OpenedSpool =
  | { readonly kind: 'open'; readonly spool: RunSpool }
  | { readonly kind: 'refused'; readonly failure: DeliveryFailure };

/** Opens the first candidate that can be used. */
export function openRunSpool(
  candidates: readonly [string, ...string[]],
  runId: string,
  limits?: SpoolLimits,
): OpenedSpool {
  const opened = openSpoolDirectory(candidates);
  if (opened.kind === 'unusable') return { kind: 'refused', failure: opened.failure };
  return { kind: 'open', spool: new RunSpool(opened.path, runId, limits) };
}

/** Owned by the run. */
export class RunSpool {
  readonly directory: string;
  readonly owner: string = runOwner();
  readonly #runId: string;
  readonly #writer: SpoolWriter;
  readonly #mark: RunMark;
  readonly #held: HeldDirectory;
  #isMarkReplaced = false;

  /** `directory` must be usable, see {@link openRunSpool}. */
  constructor(directory: string, runId: string, limits?: SpoolLimits) {
    this.directory = directory;
    this.#runId = runId;
    this.#held = new HeldDirectory(directory);
    this.#writer = new SpoolWriter(directory, runId, this.owner, limits);
    this.#mark = new RunMark(directory, runId, this.owner, limits ?? DEFAULT_SPOOL_LIMITS);
  }

  /** Why what was written here is not here any more; `undefined` while it is. */
  fault(): DeliveryFailure | undefined {
    return this.#failureBecause(this.#held.fault());
  }

  /** Closes what it holds open. */
  release(): void {
    this.endPart();
    this.#held.release();
  }

  /** Writes a batch that counts only if this process dies before {@link replaceMark}. */
  mark(body: Uint8Array): DeliveryFailure | undefined {
    const fault = this.fault();
    if (fault !== undefined) return fault;
    try {
      this.#mark.write(Buffer.concat([body, NEWLINE]));
      return undefined;
    } catch (error) {
      return this.#failureOf(error);
    }
  }

  /** Tells drains of other machines that this run lives. */
  touchMark(nowUnixMs: number): void {
    this.#mark.touch(nowUnixMs);
  }

  /** Whether the mark still stands: somebody who took it has counted it. */
  hasMark(): boolean {
    return !this.#isMarkReplaced && this.#mark.stands();
  }

  /** Puts a batch in the place of the mark, in one step: whenever the process dies, one of the two is there. */
  replaceMark(body: Uint8Array): Spooled {
    const failure = this.mark(body);
    if (failure !== undefined) return { kind: 'refused', failure };
    this.#isMarkReplaced = true;
    this.#mark.settle();
    // Whoever sends goes on with this file, and is told of nothing more in an earlier one.
    this.endPart();
    const created = this.#mark.settledName;
    return { kind: 'spooled', part: created.part, created };
  }

  /** Appends a batch as a line of its own. */
  append(body: Uint8Array): Spooled {
    const fault = this.#failureBecause(this.#held.recentFault());
    if (fault !== undefined) return { kind: 'refused', failure: fault };
    try {
      const { part, isNewPart } = this.#writer.append(Buffer.concat([body, NEWLINE]));
      return { kind: 'spooled', part, ...(isNewPart ? { created: this.#writer.createdName() } : {}) };
    } catch (error) {
      return { kind: 'refused', failure: this.#failureOf(error) };
    }
  }

  #failureOf(error: unknown): DeliveryFailure {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'spool', path: this.directory, detail };
  }

  #failureBecause(detail: string | undefined): DeliveryFailure | undefined {
    return detail === undefined ? undefined : { kind: 'spool', path: this.directory, detail };
  }

  /**
   * Ends the current part: the next batch starts one. Of a part that it was not told of, the delivery thread sends
   * nothing.
   */
  endPart(): void {
    try {
      this.#writer.close();
    } catch {
      // A network's file system may say so here; the exit listener must not throw.
    }
  }

  /** The run's files go when all of them are delivered, else they are free for the next drain. */
  finish(isAllSettled: boolean, reportedPath: string | undefined): void {
    const parts = this.#writer.part() + Number(this.#isMarkReplaced);
    if (parts === 0) return;
    const newest = this.#writer.part() === 0 ? this.#mark.settledName : this.#writer.createdName();
    const path = reportedPath ?? spoolFilePath(this.directory, newest);
    this.endPart();
    const isDone = isAllSettled ? tryUnlink(path) : tryRelease(this.directory, path);
    if (isDone && parts === 1) return;
    // Of other parts, and of one that the delivery thread has just moved on, the names are in the directory only.
    // Outside this container the owner tag in them would not tell that this run is dead: for ten minutes no drain would
    // take them. So it is also for those that are not found in time.
    const files = { runId: this.#runId, untilMs: monotonicMs() + LOOK_MS };
    releaseFiles(this.directory, ({ owner }) => owner === this.owner, files);
  }

  /**
   * Removes what is over the limits, full parts of this run included; returns the batches that went with it. The program
   * waits for it: it takes what it finds within {@link LOOK_MS}, and leaves the rest to the next one. In a
   * `spool-only` spool they are not counted as lost: a sidecar that reads files and removes none has probably delivered
   * them, and age is all that tells it.
   */
  enforceLimits({ delivery }: Settings, nowUnixMs: number): RemovedBatches {
    const current = this.#writer.part();
    const isOwnOldPart = ({ runId, owner, part }: SpoolFile): boolean =>
      runId === this.#runId && owner === this.owner && part < current;
    const { directory } = this;
    const expired = enforceSpoolLimits(directory, {
      owner: this.owner,
      nowUnixMs,
      note: (counts) => delivery === 'send' && addToLedger(directory, counts),
      isOwnOldPart,
      mayExpire: () => delivery === 'spool-only',
      untilMs: monotonicMs() + LOOK_MS,
    });
    const own = countExpired(expired.filter(({ runId }) => runId === this.#runId));
    return { own, others: countExpired(expired) - own };
  }

  /**
   * Counts batches that neither the disk nor the Collector took; fewer than before when some went after all. Whether
   * they are counted: what was not must not be taken back.
   */
  countUnsent(batches: number): boolean {
    return addToLedger(this.directory, { unsent: batches });
  }

  /** Leaves the verdict for `ephemetry status`, in one small write: this is time that the program waits for. */
  keepVerdict(verdict: Verdict, nowUnixMs: number): void {
    const path = join(this.directory, LAST_VERDICT_FILE);
    try {
      const text = JSON.stringify(snakeCased({ ...verdict, atUnixMs: nowUnixMs, runId: this.#runId }));
      replaceFile(path, text, this.#runId);
    } catch {
      // A full disk: the verdict was said on stderr.
    }
  }
}

function tryUnlink(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function tryRelease(directory: string, path: string): boolean {
  const name = parseSpoolFileName(basename(path));
  if (name === undefined) return false;
  try {
    renameSync(path, spoolFilePath(directory, { ...name, owner: NO_OWNER }));
    return true;
  } catch {
    return false;
  }
}
