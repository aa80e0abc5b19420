import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one test. */
export interface TemporaryDirectory extends Disposable {
  /** Absolute. */
  readonly path: string;
  /** Removes it with all it holds. Again: does nothing. Needs no `this`: hand it to `onTestFinished`. */
  readonly remove: () => void;
}

/**
 * Makes a new empty directory, readable by the owner only.
 *
 * @example
 * {
 *   using directory = temporaryDirectory();
 *   console.log(directory.path);
 * } // removed here; in concurrent tests hand `directory.remove` to `onTestFinished`
 */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'ephemetry-test-'));
  // Retries: a program that was just killed may still be closing its files.
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, remove, [Symbol.dispose]: remove };
}
