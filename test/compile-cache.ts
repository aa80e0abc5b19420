/** One compile cache for all programs of a run of the suite: a program that has run before loads in half the CPU time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Before the workers start, which inherit the variable. The cache goes with the process of the run, as programs in temporary
 * directories fill it and a worker writes to it last of all; one that the tester has is used and kept.
 */
export default function setup(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return;
  const directory = mkdtempSync(join(tmpdir(), 'compile-cache-'));
  process.env['NODE_COMPILE_CACHE'] = directory;
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
}
