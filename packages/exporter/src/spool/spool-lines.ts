/** Reads batches out of a spool file: whole lines from an offset on; a torn tail is not a batch. */
import { closeSync, constants, openSync, readSync } from 'node:fs';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** One batch and the offset behind it. */
export interface SpoolLine {
  /** The line without its newline: the body of the request, byte for byte. */
  readonly body: Uint8Array;
  /** Offset of the next line. */
  readonly endBytes: number;
}

/** The line at `offsetBytes`; `undefined` at the end of the file or before a torn tail. Blank lines are passed over. */
export function readSpoolLine(path: string, offsetBytes: number): SpoolLine | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    let offset = offsetBytes;
    for (;;) {
      const line = readLine(descriptor, offset);
      if (line === undefined || line.body.length > 0) return line;
      offset = line.endBytes;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** How many whole lines follow `offsetBytes`, and whether a torn one ends the file. */
export function countSpoolLines(
  path: string,
  offsetBytes: number,
): { readonly batches: number; readonly isTorn: boolean } {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let batches = 0;
    let isInLine = false;
    let offset = offsetBytes;
    for (;;) {
      const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, offset);
      if (read === 0) return { batches, isTorn: isInLine };
      for (const byte of chunk.subarray(0, read)) {
        if (byte === NEWLINE && isInLine) batches += 1;
        isInLine = byte !== NEWLINE;
      }
      offset += read;
    }
  } finally {
    closeSync(descriptor);
  }
}

function readLine(descriptor: number, offsetBytes: number): SpoolLine | undefined {
  const chunks: Buffer[] = [];
  let offset = offsetBytes;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, offset);
    if (read === 0) return undefined;
    const newline = chunk.subarray(0, read).indexOf(NEWLINE);
    chunks.push(chunk.subarray(0, newline === -1 ? read : newline));
    offset += newline === -1 ? read : newline + 1;
    if (newline !== -1)
      return {
        body: chunks.length === 1 ? chunk.subarray(0, newline) : Buffer.concat(chunks),
        endBytes: offset,
      };
  }
}
