/**
 * A private spool where a batch waits until the state that belongs to it is written.
 * It lies inside the spool, so that moving the batch out of it is one rename on one file system.
 */
import { closeSync, constants, fsyncSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSafely } from '@ephemetry/exporter/spool';
import { flushDirectory } from './import-state.ts';

/** The staging directory of one imported file. */
export class Staging {
  readonly path: string;
  readonly #spoolDirectory: string;

  constructor(spoolDirectory: string, key: string) {
    this.#spoolDirectory = spoolDirectory;
    this.path = join(spoolDirectory, `fab-import-${key}`);
  }

  /** Names of the batches that wait here. */
  batches(): readonly string[] {
    try {
      return readdirSync(this.path).filter((name) => name.endsWith('.jsonl'));
    } catch {
      return [];
    }
  }

  /** Puts the batches on the disk, for the state must not get there before them. */
  flush(): void {
    for (const name of this.batches()) {
      const descriptor = openSafely(join(this.path, name), constants.O_RDONLY);
      fsyncSync(descriptor);
      closeSync(descriptor);
    }
    flushDirectory(this.path);
  }

  /** Moves a batch into the spool, if it still waits here, and removes the rest: it belongs to no state. */
  settle(committed: string | undefined): void {
    if (committed !== undefined && this.batches().includes(committed)) {
      renameSync(join(this.path, committed), join(this.#spoolDirectory, committed));
      flushDirectory(this.#spoolDirectory);
    }
    rmSync(this.path, { recursive: true, force: true });
  }
}
