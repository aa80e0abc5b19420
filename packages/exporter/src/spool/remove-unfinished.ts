/** Removes what processes that died in the middle of writing a small file have left. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { namesIn } from './names-in.ts';
import { rejectedFolder } from './rejected-folder.ts';
import { UNFINISHED_SUFFIX } from './replace-file.ts';

/** Writing takes a millisecond. A clock that jumps costs a writer its file only in that. */
const LEFT_AFTER_MS = 3_600_000;

/** Of the spool and of its rejected batches. Never throws. */
export function removeUnfinished(directory: string, nowUnixMs: number): void {
  for (const folder of [directory, rejectedFolder(directory)])
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (!name.endsWith(UNFINISHED_SUFFIX) || !isLeft(path, nowUnixMs)) continue;
      try {
        unlinkSync(path);
      } catch {
        // Somebody else was faster.
      }
    }
}

function isLeft(path: string, nowUnixMs: number): boolean {
  const stat = lstatIfAllowed(path);
  return stat?.isFile() === true && nowUnixMs - stat.mtimeMs > LEFT_AFTER_MS;
}
