/** Reads files that a setting or the system names: whatever stands there, it must not hold up the end of a process. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The bytes of a regular file, links followed. A pipe would keep the opener waiting for somebody who writes, a device
 * may never end; both are refused without waiting.
 *
 * @throws {Error} when it is not a regular file, has more than `limitBytes`, or the system refuses.
 */
export function readRegularFile(path: string, limitBytes: number): Buffer {
  // A terminal must not become ours, where the flag is known.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error(`${path} must be a regular file`);
    const bytes = readUpTo(descriptor, limitBytes + 1);
    if (bytes.length > limitBytes) throw new Error(`${path} must have at most ${limitBytes} bytes`);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** Not by the size that the system says: a file under /proc has none. */
function readUpTo(descriptor: number, limitBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let total = 0; total < limitBytes; ) {
    const chunk = Buffer.allocUnsafe(Math.min(64 * 1024, limitBytes - total));
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  return Buffer.concat(chunks);
}
