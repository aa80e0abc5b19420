/** The bytes of a file, piece by piece; what is no file is not waited for. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

const PIECE_BYTES = 64 * 1024;

/** What was made of the file, or why it cannot be read. */
export type FileReading<Result> =
  | { readonly kind: 'read'; readonly result: Result }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Opens a file, reads it and closes it.
 *
 * @param read is given its bytes, each piece only until the next one, and when it was written
 */
export function readFilePieces<Result>(
  path: string,
  read: (pieces: Iterable<Uint8Array>, modifiedUnixMs: number) => Result,
): FileReading<Result> {
  let descriptor: number | undefined;
  try {
    // A pipe in the place of a file must not block.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { kind: 'unreadable', reason: 'it is no file' };
    return { kind: 'read', result: read(pieces(descriptor), stats.mtimeMs) };
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason === undefined) throw error;
    return { kind: 'unreadable', reason };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** One buffer that is filled again and again. Several loops go on where the one before stopped. */
function pieces(descriptor: number): Iterable<Uint8Array> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  return {
    *[Symbol.iterator]() {
      for (;;) {
        const length = readSync(descriptor, buffer, 0, PIECE_BYTES, null);
        if (length === 0) return;
        yield buffer.subarray(0, length);
      }
    },
  };
}
