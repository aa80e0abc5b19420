/** Writes a small file whole or not at all: readers see the old text or the new one. */
import { chmodSync, closeSync, constants, renameSync, unlinkSync, writeSync } from 'node:fs';
import { openSafely } from './open-safely.ts';

/** Ends the name of a file that is being written; a process that dies leaves it. */
export const UNFINISHED_SUFFIX = '.tmp';

/**
 * Puts `text` at `path`, for this user alone, whatever lies there now except a folder.
 *
 * @param writer tells apart those who may write at the same time
 * @throws the file system's error; then nothing is changed
 */
export function replaceFile(path: string, text: string | Uint8Array, writer: string): void {
  const unfinished = `${path}.${writer}${UNFINISHED_SUFFIX}`;
  unlinkIfThere(unfinished);
  try {
    writeNew(unfinished, Buffer.from(text));
    renameSync(unfinished, path);
  } catch (error) {
    unlinkIfThere(unfinished);
    throw error;
  }
}

function writeNew(path: string, bytes: Buffer): void {
  const descriptor = openSafely(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  try {
    // The umask may have taken the owner's own bits. By path: Node's permission model forbids fchmod.
    chmodSync(path, 0o600);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  } finally {
    closeSync(descriptor);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there; or the next step says why it cannot be replaced.
  }
}
