/** Reads batches out of a spool file: whole lines from an offset on; a torn tail is not a batch. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

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
    let batches = 0;
    let lineStart = offsetBytes;
    for (
      let line = readLine(descriptor, lineStart);
      line !== undefined;
      line = readLine(descriptor, lineStart)
    ) {
      if (line.body.length > 0) batches += 1;
      lineStart = line.endBytes;
    }
    return { batches, isTorn: fstatSync(descriptor).size > lineStart };
  } finally {
    closeSync(descriptor);
  }
}

function readLine(descriptor: number, offsetBytes: number): SpoolLine | undefined {
  let line = Buffer.alloc(0);
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, offsetBytes + line.length);
    if (read === 0) return undefined;
    const newline = chunk.subarray(0, read).indexOf(NEWLINE);
    const kept = chunk.subarray(0, newline === -1 ? read : newline);
    line = line.length === 0 ? kept : Buffer.concat([line, kept]);
    if (newline !== -1) return { body: line, endBytes: offsetBytes + line.length + 1 };
  }
}
