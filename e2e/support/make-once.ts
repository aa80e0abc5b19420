/**
 * Makes a tool that is not there yet, by one process at a time: checkouts may share a cache, and what takes minutes of both
 * cores would be built by each of them at once. Who waited finds it made.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Longer than any tool takes, on a machine that does other things as well. */
const WAIT_MS = 3_600_000;

/**
 * @param path is there once the tool is whole
 * @param make leaves the tool at that path, in one step
 */
export function makeOnce(path: string, make: () => void): string {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // A lock of the system's, which ends with whoever holds it; Node has no other.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const lock = new DatabaseSync(`${path}.lock`);
  try {
    lock.exec(`pragma busy_timeout = ${WAIT_MS}`);
    lock.exec('begin exclusive');
    if (!existsSync(path)) make();
  } finally {
    lock.close();
  }
  return path;
}
