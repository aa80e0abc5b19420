/**
 * A batch that counts only if its run dies. It is a spool file of its own, so that any drain delivers it once the
 * owner in its name is dead, and the end of the run replaces what it says by one rename:
 *
 *     stand ─▶ <run id>.0.4711-88-a9.0.mark      holds what is true if the process is killed from here on
 *     killed ─▶ the next run or drain delivers that
 *     replace ─▶ the same name, holding what really happened
 *     settle ─▶ <run id>.0.4711-88-a9.0.jsonl    delivered as any other batch of the run
 */
import { existsSync, renameSync, utimesSync } from 'node:fs';
import type { SpoolLimits } from '../settings.ts';
import { replaceFile } from './replace-file.ts';
import { namedLimits, type SpoolFileName, spoolFilePath } from './spool-file-name.ts';

/** Below every part that the run appends to. */
const MARK_PART = 0;

/** Owned by the spool of a run. */
export class RunMark {
  /** Once it is settled. */
  readonly settledName: SpoolFileName;
  readonly #path: string;
  readonly #settledPath: string;

  constructor(directory: string, runId: string, owner: string, limits: SpoolLimits) {
    this.settledName = { runId, part: MARK_PART, owner, deliveredBytes: 0, ...namedLimits(limits) };
    this.#settledPath = spoolFilePath(directory, this.settledName);
    this.#path = spoolFilePath(directory, { ...this.settledName, isMark: true });
  }

  /** @throws the file system's error; then nothing is there. */
  write(line: Uint8Array): void {
    replaceFile(this.#path, line, this.settledName.runId);
  }

  /** Makes a batch like any other of what was written last. Never throws: what keeps its name is delivered by a drain. */
  settle(): void {
    try {
      renameSync(this.#path, this.#settledPath);
    } catch {
      // A drain of another machine has taken it this moment.
    }
  }

  /** Whether nobody has taken it. Another machine may, when the file was not touched for ten minutes. */
  stands(): boolean {
    return existsSync(this.#path);
  }

  /** Tells other machines that the run lives. Never throws. */
  touch(nowUnixMs: number): void {
    try {
      utimesSync(this.#path, nowUnixMs / 1000, nowUnixMs / 1000);
    } catch {
      // It was taken, or the file system keeps no times.
    }
  }
}
