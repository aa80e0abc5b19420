/**
 * Reads batches out of a spool file: whole lines from an offset on; a torn tail is not a batch. What is read at once is
 * bounded, whatever lies there: a sparse file may say that it has terabytes.
 */
import { closeSync, constants, readSync } from 'node:fs';
import { openSafely } from './open-safely.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** No version of the exporter has written a longer line. */
export const LINE_LIMIT_BYTES: number = 64 * 1024 * 1024;

/** Bytes of a file that are read to count its batches. A part ends after 1 MiB and the batch that passes it. */
export const COUNT_LIMIT_BYTES: number = 8 * 1024 * 1024;

/** One batch and the offset behind it. */
export interface SpoolLine {
  /** The line without its newline: the body of the request, byte for byte. */
  readonly body: Uint8Array;
  /** Offset of the next line. */
  readonly endBytes: number;
}

/** What waits in a file. */
export interface LineCount {
  /** Whole lines, as far as was read. */
  readonly batches: number;
  /** Whether a torn line ends the file. */
  readonly isTorn: boolean;
  /** False when there is more than was read. */
  readonly isComplete: boolean;
}

/**
 * The line at `offsetBytes`; `undefined` at the end of the file or before a torn tail. Blank lines are passed over.
 * Of a line above `limitBytes` only `endBytes` is true, and the body is empty.
 *
 * @throws the file system's error
 */
export function readSpoolLine(
  path: string,
  offsetBytes: number,
  limitBytes: number = LINE_LIMIT_BYTES,
): SpoolLine | undefined {
  return withDescriptor(path, (descriptor) => readLineOf(descriptor, offsetBytes, limitBytes));
}

/** As {@link readSpoolLine}, of an open file. */
export function readLineOf(
  descriptor: number,
  offsetBytes: number,
  limitBytes: number = LINE_LIMIT_BYTES,
): SpoolLine | undefined {
  let offset = offsetBytes;
  for (;;) {
    const line = readLine(descriptor, offset, limitBytes);
    if (line === undefined || line.endBytes - offset > 1) return line;
    offset = line.endBytes;
  }
}

/**
 * How many whole lines follow `offsetBytes`, within `limitBytes` of the file.
 *
 * @throws the file system's error
 */
export function countSpoolLines(
  path: string,
  offsetBytes: number,
  limitBytes: number = COUNT_LIMIT_BYTES,
): LineCount {
  return withDescriptor(path, (descriptor) => countLinesOf(descriptor, offsetBytes, limitBytes));
}

/** As {@link countSpoolLines}, of an open file. */
export function countLinesOf(
  descriptor: number,
  offsetBytes: number,
  limitBytes: number = COUNT_LIMIT_BYTES,
): LineCount {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let batches = 0;
  let isInLine = false;
  for (let offset = offsetBytes; offset - offsetBytes < limitBytes; ) {
    const read = readSync(descriptor, chunk, 0, chunk.length, offset);
    if (read === 0) return { batches, isTorn: isInLine, isComplete: true };
    const lines = chunk.subarray(0, read);
    let start = 0;
    for (let end = lines.indexOf(NEWLINE); end !== -1; end = lines.indexOf(NEWLINE, start)) {
      if (isInLine || end > start) batches += 1;
      isInLine = false;
      start = end + 1;
    }
    isInLine ||= start < read;
    offset += read;
  }
  return { batches, isTorn: false, isComplete: false };
}

function withDescriptor<Result>(path: string, use: (descriptor: number) => Result): Result {
  const descriptor = openSafely(path, constants.O_RDONLY);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readLine(descriptor: number, offsetBytes: number, limitBytes: number): SpoolLine | undefined {
  const chunks: Buffer[] = [];
  for (let offset = offsetBytes; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, offset);
    if (read === 0) return undefined;
    const newline = chunk.subarray(0, read).indexOf(NEWLINE);
    offset += newline === -1 ? read : newline + 1;
    if (offset - offsetBytes > limitBytes) chunks.length = 0;
    else chunks.push(chunk.subarray(0, newline === -1 ? read : newline));
    if (newline !== -1) return { body: Buffer.concat(chunks), endBytes: offset };
  }
}
