/**
 * The streams are the command's. What this process keeps open of them would keep their readers waiting, and Node puts a
 * terminal back, at its end, to how it was at the start, whatever the command set.
 */
import { closeSync, openSync } from 'node:fs';

/** Lets go of standard input and output, once the command has them. */
export function releaseStreams(): void {
  replace(0);
  replace(1);
}

/** Lets go of standard error, after the last line. */
export function releaseStderr(): void {
  replace(2);
}

/** By the null device: nothing else may get its number. Opening takes the lowest number that is free. */
function replace(descriptor: number): void {
  try {
    closeSync(descriptor);
    openSync('/dev/null', 'r+');
  } catch {
    // It was closed before, or there is no null device.
  }
}
