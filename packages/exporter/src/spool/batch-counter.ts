/** Counts what waits in many files, without reading all of a spool of gigabytes. */
import type { SpoolFile } from './spool-files.ts';
import { COUNT_LIMIT_BYTES, countSpoolLines, type LineCount } from './spool-lines.ts';

/** Twice the default limit of a spool: it is counted exactly. */
const READ_LIMIT_BYTES = 128 * 1024 * 1024;
/** Read of each file beyond that, so that it is known whether there is a batch in it. */
const LOOK_BYTES = 64 * 1024;

/** Owned by whoever counts. */
export class BatchCounter {
  #leftBytes = READ_LIMIT_BYTES;

  /** What waits in a file, or at least so much; `undefined` when it is gone or cannot be read. */
  count(file: SpoolFile): LineCount | undefined {
    const limitBytes = this.#leftBytes > 0 ? COUNT_LIMIT_BYTES : LOOK_BYTES;
    this.#leftBytes -= Math.min(limitBytes, Math.max(0, file.bytes - file.deliveredBytes));
    try {
      const count = countSpoolLines(file.path, file.deliveredBytes, limitBytes);
      // A line that goes on where we stopped is one, as far as we know.
      return count.isComplete ? count : { ...count, batches: Math.max(1, count.batches) };
    } catch {
      return undefined;
    }
  }
}
