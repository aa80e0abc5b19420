/**
 * Appends a run's batches to its spool file. Each append is one write of one whole line, so a
 * process killed at any instruction leaves complete batches and at most one torn tail, which readers skip.
 */
import { chmodSync, closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from '../settings.ts';
import { openSafely } from './open-safely.ts';
import { namedLimits, type SpoolFileName, spoolFilePath } from './spool-file-name.ts';

/** Past this many bytes the run continues in a new part, so that delivered parts can go. */
export const PART_LIMIT_BYTES: number = 1024 * 1024;

/** Where a batch was written. */
export interface Appended {
  readonly part: number;
  /** Whether this batch is the first of its part. */
  readonly isNewPart: boolean;
}

/** Owned by the main thread; the delivery thread renames the file, which an open descriptor does not notice. */
export class SpoolWriter {
  readonly #directory: string;
  readonly #runId: string;
  readonly #owner: string;
  readonly #limits: SpoolLimits;
  #descriptor: number | undefined;
  #part = 0;
  #size = 0;

  constructor(directory: string, runId: string, owner: string, limits: SpoolLimits = DEFAULT_SPOOL_LIMITS) {
    this.#directory = directory;
    this.#runId = runId;
    this.#owner = owner;
    this.#limits = limits;
  }

  /**
   * Appends one line (with its newline).
   *
   * @throws the file system's error; then nothing of the line stays in the file.
   */
  append(line: Uint8Array): Appended {
    const appended = this.#appendToPart(line);
    if (!this.#isUnlinked()) return appended;
    // A drain believed this run dead and finished its file; what was just written is in no directory.
    this.close();
    return this.#appendToPart(line);
  }

  /** The name under which the current part was created, before any rename. */
  createdName(): SpoolFileName {
    return this.#nameOf(this.#part);
  }

  /** The number of the current part, 0 before the first batch. */
  part(): number {
    return this.#part;
  }

  /**
   * Closes the current part; a later append starts a new one.
   *
   * @throws the file system's error; the part is closed all the same.
   */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  #appendToPart(line: Uint8Array): Appended {
    const isFull = this.#size >= PART_LIMIT_BYTES;
    const descriptor = isFull ? this.#openNextPart() : (this.#descriptor ?? this.#openNextPart());
    this.#writeWhole(descriptor, line);
    this.#size += line.length;
    // The line before may have been refused: a part is new until it holds one.
    return { part: this.#part, isNewPart: this.#size === line.length };
  }

  #nameOf(part: number): SpoolFileName {
    return {
      runId: this.#runId,
      part,
      owner: this.#owner,
      deliveredBytes: 0,
      ...namedLimits(this.#limits),
    };
  }

  #openNextPart(): number {
    this.close();
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_WRONLY;
    const path = spoolFilePath(this.#directory, this.#nameOf(this.#part + 1));
    const descriptor = openSafely(path, flags);
    this.#part += 1;
    this.#size = 0;
    this.#descriptor = descriptor;
    try {
      // The umask may have taken the owner's own bits. By path: Node's permission model forbids fchmod.
      chmodSync(path, 0o600);
    } catch {
      // A file system without modes. The directory keeps others out.
    }
    return descriptor;
  }

  #writeWhole(descriptor: number, line: Uint8Array): void {
    const written = writeOrTruncate(descriptor, line, this.#size);
    if (written === line.length) return;
    throw Object.assign(new Error(`ENOSPC: ${written} of ${line.length} bytes written`), { code: 'ENOSPC' });
  }

  #isUnlinked(): boolean {
    if (this.#descriptor === undefined) return false;
    try {
      return fstatSync(this.#descriptor).nlink === 0;
    } catch {
      // A handle that went stale on a network's file system.
      return true;
    }
  }
}

/** A full disk takes a part of the line: take it back, so that the next batch starts on a line of its own. */
function writeOrTruncate(descriptor: number, line: Uint8Array, size: number): number {
  try {
    const written = writeSync(descriptor, line);
    if (written < line.length) ftruncateSync(descriptor, size);
    return written;
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
}
