/** The parts of a run on disk, oldest first, with what is known of the batches in each. */
import { unlinkSync } from 'node:fs';
import { type SpoolFileName, spoolFilePath } from '../../spool/spool-file-name.ts';
import type { SpoolFile } from '../../spool/spool-files.ts';
import type { Command } from '../messages.ts';

/** One part of the run, with how many of its batches are known and how many are settled. */
export interface Part {
  readonly number: number;
  file: SpoolFile;
  seen: number;
  settled: number;
}

/** Owned by a lane. */
export class PartQueue {
  readonly #parts: Part[] = [];

  /** A part that is there, of whose batches none is known yet. */
  add(directory: string, created: SpoolFileName, nowUnixMs: number): void {
    const path = spoolFilePath(directory, created);
    const file = { ...created, path, bytes: 0, modifiedUnixMs: nowUnixMs };
    this.#parts.push({ number: created.part, file, seen: 0, settled: 0 });
  }

  /** A batch is in a part. Returns false when that is not the newest one: another process has it. */
  addBatch(number: number): boolean {
    const part = this.#parts.at(-1);
    if (part?.number !== number) return false;
    part.seen += 1;
    return true;
  }

  /** The part that is sent from. */
  oldest(): Part | undefined {
    return this.#parts[0];
  }

  /** `undefined` before the first part. */
  runId(): string | undefined {
    return this.#parts[0]?.file.runId;
  }

  /** Of the part that the run writes to; `undefined` before the first. */
  currentPath(): string | undefined {
    return this.#parts.at(-1)?.file.path;
  }

  /** All of its oldest part is settled: its file goes, unless the run still writes to it. Returns whether it went. */
  leaveOldest(): boolean {
    if (this.#parts.length <= 1) return false;
    const part = this.#parts.shift();
    if (part !== undefined) unlinkQuietly(part.file.path);
    return true;
  }

  /** Whether anything on disk waits behind the next batch of the oldest part. */
  hasBehind(part: Part): boolean {
    return part.seen - part.settled > 1 || this.#parts.length > 1;
  }

  /** Whether a file is a part of this run that is neither sent from nor written to: the limits may take it. */
  isBetween(file: SpoolFile): boolean {
    return this.#parts.slice(1, -1).some((part) => part.file.path === file.path);
  }

  /** A file was removed. Returns whether it was a part of this run. */
  forget({ runId, part: number }: Pick<SpoolFileName, 'runId' | 'part'>): boolean {
    const index = this.#parts.findIndex((part) => part.number === number && part.file.runId === runId);
    if (index !== -1) this.#parts.splice(index, 1);
    return index !== -1;
  }

  /** What is not settled, in the words in which another lane can be told of it. */
  rest(): readonly Command[] {
    return this.#parts.flatMap((part): Command[] => [
      { kind: 'part', created: part.file },
      ...Array.from(
        { length: Math.max(0, part.seen - part.settled) },
        (): Command => ({ kind: 'spooled', part: part.number }),
      ),
    ]);
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process has taken it.
  }
}
