/**
 * Removes spool files. Their owner may be of another container, silent for long and yet alive: it appends without asking
 * anybody, so what was counted may not be all. The file is held open while its name goes, and looked at again then:
 *
 *     this process   count ──────────── unlink ─ look again: longer ─▶ a part of its own
 *     the owner             write ─ look: still there
 *     the owner                                write ─ look: gone ─▶ writes it again
 *
 * Whichever comes first, one of the two sees the other. When both do, the batch is there twice, known by its identity.
 */
import { closeSync, constants, fstatSync, readSync, unlinkSync } from 'node:fs';
import { openSafely } from './open-safely.ts';
import { keepAside } from './set-aside.ts';
import type { SpoolFile } from './spool-files.ts';
import { countLinesOf, readLineOf } from './spool-lines.ts';

/** What came in the last moment: `kept` is now in a part of its own, `unkept` is lost. In batches. */
interface LateBatches {
  readonly kept: number;
  readonly unkept: number;
}

/** `more`: batches wait in it. `gone`: another process has it. */
export type ReadFileRemoval =
  | { readonly kind: 'removed'; readonly isTorn: boolean; readonly late: LateBatches }
  | { readonly kind: 'more' }
  | { readonly kind: 'gone' };

/** What was removed, with the batches that waited in it. */
export interface WaitingFileRemoval {
  readonly batches: number;
  readonly isTorn: boolean;
  readonly late: LateBatches;
}

const NEWLINE = 0x0a;

/** Removes a file in which nothing waits. */
export function removeReadFile(directory: string, file: SpoolFile): ReadFileRemoval {
  try {
    return withOpen(file, (descriptor): ReadFileRemoval => {
      const seenBytes = fstatSync(descriptor).size;
      if (readLineOf(descriptor, file.deliveredBytes) !== undefined) return { kind: 'more' };
      const isTorn = seenBytes > file.deliveredBytes && !endsInNewline(descriptor, seenBytes);
      return { kind: 'removed', isTorn, late: unlinkAndLook(directory, file, descriptor, seenBytes) };
    });
  } catch {
    return { kind: 'gone' };
  }
}

/**
 * Removes a file with all that waits in it.
 *
 * @throws the file system's error; then it is still there
 */
export function removeWaitingFile(directory: string, file: SpoolFile): WaitingFileRemoval {
  return withOpen(file, (descriptor) => {
    const seenBytes = fstatSync(descriptor).size;
    const { batches, isTorn } = countLinesOf(descriptor, file.deliveredBytes);
    return { batches, isTorn, late: unlinkAndLook(directory, file, descriptor, seenBytes) };
  });
}

function withOpen<Result>(file: SpoolFile, use: (descriptor: number) => Result): Result {
  const descriptor = openSafely(file.path, constants.O_RDONLY);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unlinkAndLook(
  directory: string,
  file: SpoolFile,
  descriptor: number,
  seenBytes: number,
): LateBatches {
  unlinkSync(file.path);
  const lines: Uint8Array[] = [];
  for (let offset = seenBytes; ; ) {
    const line = readLineOf(descriptor, offset);
    if (line === undefined) break;
    lines.push(line.body);
    offset = line.endBytes;
  }
  if (lines.length === 0) return { kept: 0, unkept: 0 };
  const isKept = keepAside(directory, { ...file, modifiedUnixMs: fstatSync(descriptor).mtimeMs }, lines);
  return isKept ? { kept: lines.length, unkept: 0 } : { kept: 0, unkept: lines.length };
}

function endsInNewline(descriptor: number, sizeBytes: number): boolean {
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, sizeBytes - 1);
  return last[0] === NEWLINE;
}
