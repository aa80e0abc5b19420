import { closeSync, constants, lstatSync, openSync } from 'node:fs';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/**
 * Makes an empty file where there is none. One that is there is looked at and not opened: to close it would give up the
 * locks that this process has on it.
 *
 * @returns whether it was made
 * @throws Error for what is no file, such as a link or a pipe; the file system's error.
 * @see https://man7.org/linux/man-pages/man2/F_SETLK.2const.html
 */
export function makeLockFile(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return create(file);
  if (!found.isFile()) throw new Error(`${file} is not a regular file. Remove it.`);
  return false;
}

function create(file: string): boolean {
  try {
    closeSync(openSync(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    return true;
  } catch (error) {
    // Another program was faster; it is looked at again by whoever opens it next.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return false;
  }
}
