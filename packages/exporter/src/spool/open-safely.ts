/**
 * Opens files in places that others may have prepared: what lies there under a name of ours may be a pipe, which would
 * block the program permanently, a link to somewhere else, or somebody else's file.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const { O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;

/**
 * Opens a file as `openSync` does, but never waits and opens nothing but a regular file of this user: no pipe, device
 * or link. A file that is opened to be written has no second name.
 *
 * @param flags without `O_TRUNC`, which would empty a file before it is looked at
 * @throws the file system's error, or one with the code `EFTYPE` that says what the file is
 *
 * @example
 * ```ts
 * import { closeSync, constants } from 'node:fs';
 * import { openSafely } from '@ephemetry/exporter/spool';
 *
 * const descriptor = openSafely('./state.json', constants.O_WRONLY | constants.O_CREAT);
 * closeSync(descriptor);
 * ```
 */
export function openSafely(path: string, flags: number, mode: number = 0o600): number {
  const descriptor = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  try {
    const fault = faultOf(fstatSync(descriptor), (flags & (O_WRONLY | O_RDWR)) !== 0);
    if (fault === undefined) return descriptor;
    throw Object.assign(new Error(`EFTYPE: ${path} ${fault}; remove it`), { code: 'EFTYPE' });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Reads a small file whole, safely opened.
 *
 * @throws as {@link openSafely}; also when it holds more than `limitBytes`
 */
export function readSafely(path: string, limitBytes: number): Buffer {
  const descriptor = openSafely(path, constants.O_RDONLY);
  try {
    const { size } = fstatSync(descriptor);
    if (size > limitBytes)
      throw new Error(`EFBIG: ${path} has ${size} bytes, at most ${limitBytes} are read`);
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readWhole(descriptor, buffer));
  } finally {
    closeSync(descriptor);
  }
}

/** A read may return less than there is. */
function readWhole(descriptor: number, buffer: Buffer): number {
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, length);
    length += read;
    if (read === 0 || length === buffer.length) return length;
  }
}

/** What keeps a file from being used. */
function faultOf(stat: Stats, isWritten: boolean): string | undefined {
  // The effective user owns what this process makes. Where there are no users, all files are ours.
  const user = process.geteuid?.();
  if (!stat.isFile()) return `is ${kindOf(stat)}, not a file`;
  if (user !== undefined && stat.uid !== user) return `belongs to user ${stat.uid}, not ${user}`;
  if (isWritten && stat.nlink > 1) return `has ${stat.nlink} names (hard links)`;
  return undefined;
}

function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return 'a pipe';
  if (stat.isDirectory()) return 'a directory';
  return stat.isSocket() ? 'a socket' : 'a device';
}
