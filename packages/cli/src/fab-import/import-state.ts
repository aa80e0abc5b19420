/** What an import remembers of a file: its last reading, and the batch that holds the difference up to it. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openSafely } from '@ephemetry/exporter/spool';
import type { PerfReading } from '@ephemetry/instrumentation-fab';
import { ImportFault } from './import-fault.ts';

/** The content of a state file. */
export interface ImportState {
  /** The file that was read: one state serves one file. */
  readonly file: string;
  /** Checked when it is compared with the next one. */
  readonly reading: PerfReading;
  /** The batch with the difference up to `reading`; it may still have to be moved into the spool. */
  readonly staged?: StagedBatch;
}

/** A batch that was staged in a spool. */
interface StagedBatch {
  /** The spool, absolute. */
  readonly spool: string;
  /** Name of the spool file. */
  readonly name: string;
}

const FORMAT = 'ephemetry fab import 1';

/** Where the state of a file is by default: beside the spool. */
export function defaultStatePath(spoolDirectory: string, file: string): string {
  return join(dirname(spoolDirectory), 'fab-import', `${fileKey(file)}.json`);
}

/** A short name for a path that may be long and hold anything. */
export function fileKey(file: string): string {
  return createHash('sha256').update(file).digest('hex').slice(0, 32);
}

/**
 * Reads the state of a file; undefined before its first import.
 *
 * @throws {ImportFault} when it cannot be read, or is another file's.
 */
export function readState(path: string, file: string): ImportState | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const state = parse(text);
  if (state === undefined)
    throw new ImportFault(
      `${path} is not the state of an import; name another file with --state, or remove this one to count all of ${file} again`,
    );
  if (state.file !== file)
    throw new ImportFault(`${path} is the state of ${state.file}, not of ${file}; name another with --state`);
  return state;
}

/**
 * Whole or not at all, and on the disk when it returns. Only under the lock of the state: so what a killed import left
 * has the same name, and goes. @throws {ImportFault}
 */
export function writeState(path: string, state: ImportState): void {
  const temporary = `${path}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(temporary, { force: true });
    const descriptor = openSafely(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
    try {
      writeFileSync(descriptor, `${JSON.stringify({ format: FORMAT, ...state })}\n`, { flush: true });
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    flushDirectory(dirname(path));
  } catch (error) {
    throw new ImportFault(
      `the state ${path} cannot be written (${describe(error)}); name a writable place with --state`,
    );
  }
}

/** A rename is on the disk when its directory is. */
export function flushDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    const descriptor = openSafely(path, constants.O_RDONLY);
    try {
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ImportFault(`the state ${path} cannot be read (${describe(error)})`);
  }
}

function parse(text: string): ImportState | undefined {
  try {
    const { format, file, reading, staged } = JSON.parse(text);
    const isSound = format === FORMAT && typeof file === 'string' && typeof reading === 'object';
    if (!isSound) return undefined;
    if (staged === undefined) return { file, reading };
    const { spool, name } = staged;
    if (typeof spool !== 'string' || typeof name !== 'string' || !/^[\w.-]+\.jsonl$/.test(name))
      return undefined;
    return { file, reading, staged: { spool, name } };
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
