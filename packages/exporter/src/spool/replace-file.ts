/** Writes a small file whole or not at all: readers see the old text, if there was one, or the new one. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
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

/**
 * Puts `text` at `path` if nothing is there; returns whether it did. Of several that come at once one does.
 *
 * @param writer tells apart those who may write at the same time
 * @throws the file system's error; then nothing is changed
 */
export function createFile(path: string, text: string | Uint8Array, writer: string): boolean {
  const unfinished = `${path}.${writer}${UNFINISHED_SUFFIX}`;
  unlinkIfThere(unfinished);
  try {
    writeNew(unfinished, Buffer.from(text));
    return moveIfFree(unfinished, path);
  } finally {
    unlinkIfThere(unfinished);
  }
}

/**
 * Moves a file to a path where nothing is; returns whether it did.
 *
 * @throws the file system's error; then it is where it was
 */
export function moveIfFree(from: string, to: string): boolean {
  // A rename would put it in the place of what came there a moment before.
  const isMoved = tryClaim(() => linkSync(from, to), isUnlinkable) ?? tryClaim(() => copyNew(from, to));
  if (isMoved === true) unlinkSync(from);
  return isMoved === true;
}

function copyNew(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL);
}

/** `undefined` where it is not possible at all. */
function tryClaim(
  claim: () => void,
  isImpossible: (code: unknown) => boolean = () => false,
): boolean | undefined {
  try {
    claim();
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return false;
    if (isImpossible(code)) return undefined;
    throw error;
  }
}

/** File systems without links, and Node's permission model. */
function isUnlinkable(code: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ERR_ACCESS_DENIED'].includes(String(code));
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
