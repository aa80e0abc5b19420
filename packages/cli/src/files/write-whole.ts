/** Writes a file whole or not at all: whoever reads it meanwhile sees the old one. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** @returns why nothing was written; undefined when it was */
export function writeWhole(path: string, text: string): string | undefined {
  // No name that a glob for files of its kind finds.
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, path);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    rmSync(temporary, { force: true });
    return error.message;
  }
}
