/** What the spool holds now, for people and scripts. Reads only. */
import { join } from 'node:path';
import type { DeliveryFailure } from '../verdict.ts';
import { BatchCounter } from './batch-counter.ts';
import { type LastVerdict, parseLastVerdict } from './last-verdict.ts';
import { locateSpool } from './locate-spool.ts';
import { readSafely } from './open-safely.ts';
import { type OwnerState, ownerState, ownOwner } from './owner.ts';
import { countRejected } from './rejected-folder.ts';
import { LAST_VERDICT_FILE } from './run-spool.ts';
import { openSpoolDirectory } from './spool-directory.ts';
import { countNewerFiles, listSpoolFiles, type SpoolFile } from './spool-files.ts';

/** Counts, a reason in words, and an id. */
const VERDICT_LIMIT_BYTES = 64 * 1024;

/** Options of {@link readSpoolStatus}. */
export interface SpoolStatusOptions {
  /** Directory of the spool. `EPHEMETRY_SPOOL_DIR`. @default as the exporter finds it */
  readonly spoolDir?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** One file of the spool. */
export interface SpoolStatusFile {
  readonly path: string;
  readonly runId: string;
  /** Whether the process that holds the file lives. `foreign` is a process of another container or machine. */
  readonly owner: OwnerState;
  /** Batches that wait. */
  readonly batches: number;
  /** Whether the first of them was sent and not answered. */
  readonly isInDoubt: boolean;
  /** False when there may be more: of a spool of more than 128 MiB, or a file of more than 8, not all is read. */
  readonly isCountComplete: boolean;
  /** Bytes that wait. */
  readonly bytes: number;
  readonly modifiedUnixMs: number;
}

/** The spool at one moment. */
export interface SpoolStatus {
  readonly directory: string;
  /** Whether the directory is there; the exporter creates it with the first batch. */
  readonly exists: boolean;
  /** Files with batches that wait, oldest first. */
  readonly files: readonly SpoolStatusFile[];
  /** Batches that wait, in all. */
  readonly batches: number;
  /** Of them: sent, and not answered. */
  readonly inDoubt: number;
  /** False when there may be more batches than that. */
  readonly isCountComplete: boolean;
  /** Why the directory cannot be used, when it is there: then nothing in it is looked at. */
  readonly failure?: DeliveryFailure;
  readonly bytes: number;
  /** Modification time of the oldest file. */
  readonly oldestUnixMs?: number;
  /** Batches in `rejected/`. */
  readonly rejected: number;
  /** Files that a later version of ephemetry wrote: this one leaves them alone. */
  readonly newerFiles: number;
  /** Verdict of the run that ended last. */
  readonly lastVerdict?: LastVerdict;
}

/**
 * Reads the spool's state.
 *
 * @example
 * ```ts
 * import { readSpoolStatus } from '@ephemetry/exporter';
 *
 * const { batches, directory } = readSpoolStatus({ spoolDir: '/var/lib/deploy/spool' });
 * console.log(`${batches} batches wait in ${directory}`);
 * ```
 */
export function readSpoolStatus(options: SpoolStatusOptions = {}): SpoolStatus {
  const { path: directory, exists } = locateSpool(options, options.env ?? process.env);
  if (!exists) return { ...NOTHING, directory, exists };
  const opened = openSpoolDirectory([directory]);
  if (opened.kind === 'unusable') return { ...NOTHING, directory, exists: true, failure: opened.failure };
  const own = ownOwner();
  const counter = new BatchCounter();
  const files = listSpoolFiles(directory).flatMap((file) => describeFile(file, own, counter));
  const oldest = files[0];
  const lastVerdict = readLastVerdict(directory);
  return {
    directory,
    exists: true,
    files,
    batches: files.reduce((sum, file) => sum + file.batches, 0),
    inDoubt: files.filter(({ isInDoubt }) => isInDoubt).length,
    isCountComplete: files.every(({ isCountComplete }) => isCountComplete),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    ...(oldest === undefined ? {} : { oldestUnixMs: oldest.modifiedUnixMs }),
    rejected: countRejected(directory),
    newerFiles: countNewerFiles(directory),
    ...(lastVerdict === undefined ? {} : { lastVerdict }),
  };
}

const NOTHING = {
  files: [],
  batches: 0,
  inDoubt: 0,
  isCountComplete: true,
  bytes: 0,
  rejected: 0,
  newerFiles: 0,
};

function describeFile(file: SpoolFile, own: string, counter: BatchCounter): SpoolStatusFile[] {
  const count = counter.count(file);
  if (count === undefined || count.batches === 0) return [];
  const { path, runId, modifiedUnixMs } = file;
  return [
    {
      path,
      runId,
      owner: ownerState(file.owner, own),
      batches: count.batches,
      isInDoubt: file.sentUnixSeconds !== undefined,
      isCountComplete: count.isComplete,
      bytes: file.bytes - file.deliveredBytes,
      modifiedUnixMs,
    },
  ];
}

function readLastVerdict(directory: string): SpoolStatus['lastVerdict'] {
  try {
    const text = readSafely(join(directory, LAST_VERDICT_FILE), VERDICT_LIMIT_BYTES).toString('utf8');
    return parseLastVerdict(text);
  } catch {
    return undefined;
  }
}
